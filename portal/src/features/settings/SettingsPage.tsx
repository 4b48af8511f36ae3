import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import { fieldErrors } from "@/api/errors";
import type { Organization, OrganizationDetail } from "@/api/types";
import { AdminPage, ForAdmins, organizationQuery } from "@/features/admin";
import {
  Actions,
  Button,
  ConfirmDialog,
  ErrorState,
  Form,
  notify,
  notifyError,
  Skeleton,
  TextField,
} from "@/ui";
import styles from "./Settings.module.css";

/** Where administrators change what holds for a whole organisation. */
export function SettingsPage() {
  const { t } = useTranslation();
  return (
    <ForAdmins title={t("settings.title")} refusal={t("settings.adminsOnly")}>
      {(organization) => <SettingsOf organization={organization} />}
    </ForAdmins>
  );
}

function SettingsOf({ organization }: { organization: Organization }) {
  const { t } = useTranslation();
  const found = useQuery(organizationQuery(organization.id));
  return (
    <AdminPage
      path="/settings"
      organization={organization}
      title={t("settings.title")}
      intro={t("settings.intro")}
    >
      {found.isPending ? <Skeleton className={styles.skeleton} /> : null}
      {found.isError ? <ErrorState error={found.error} onRetry={() => void found.refetch()} /> : null}
      {found.data ? <SettingsForm key={found.data.updated_at} organization={found.data} /> : null}
    </AdminPage>
  );
}

/** Longer than this nothing lies in a trash. */
const MOST_DAYS = 3650;

interface Change {
  readonly name?: string;
  /** Null asks for the platform's own number. */
  readonly trash_days?: number | null;
}

function useChange(organization: OrganizationDetail, onDone: () => void) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (change: Change) =>
      body(api.PATCH("/api/orgs/{id}", { params: { path: { id: organization.id } }, body: change })),
    onSuccess: async (changed) => {
      notify(t("settings.saved"));
      onDone();
      queryClient.setQueryData(organizationQuery(organization.id).queryKey, changed);
      await queryClient.invalidateQueries({ queryKey: ["me"] });
      // When what lies in the trash is purged stands in its rows.
      await queryClient.invalidateQueries({ queryKey: ["assets"] });
    },
    onError: (error) => {
      onDone();
      if (!fieldErrors(error, "name") && !fieldErrors(error, "trash_days")) {
        notifyError(t("ui.notDone"), error);
      }
    },
  });
}

function SettingsForm({ organization }: { organization: OrganizationDetail }) {
  const { t } = useTranslation();
  const [name, setName] = useState(organization.name);
  const [days, setDays] = useState(String(organization.trash_days));
  const [asked, setAsked] = useState<Change | null>(null);
  const change = useChange(organization, () => setAsked(null));
  const wanted = Number(days);
  const isWhole = Number.isInteger(wanted) && wanted >= 1 && wanted <= MOST_DAYS;
  const changed: Change = {
    ...(name.trim() !== organization.name && { name: name.trim() }),
    ...(wanted !== organization.trash_days && { trash_days: wanted }),
  };
  const save = (): void => {
    if (changed.trash_days && changed.trash_days < organization.trash_days) setAsked(changed);
    else if (Object.keys(changed).length > 0) change.mutate(changed);
    else notify(t("settings.saved"));
  };
  return (
    <div className={styles.form}>
      <Form isPending={change.isPending} onSubmit={() => isWhole && save()}>
        <TextField
          label={t("settings.name")}
          value={name}
          onChange={setName}
          errors={fieldErrors(change.error, "name")}
          maxLength={200}
          isRequired
        />
        <TextField
          label={t("settings.trashDays")}
          description={t("settings.trashDaysHint")}
          type="number"
          min={1}
          value={days}
          onChange={setDays}
          errors={isWhole ? fieldErrors(change.error, "trash_days") : [t("settings.whole")]}
          isRequired
        />
        <Actions>
          <Button onPress={() => setAsked({ trash_days: null })} isDisabled={change.isPending}>
            {t("settings.usual")}
          </Button>
          <Button type="submit" look="primary" isPending={change.isPending}>
            {t("ui.save")}
          </Button>
        </Actions>
      </Form>
      <ConfirmDialog
        title={t(asked?.trash_days === null ? "settings.usual" : "settings.lowerTitle")}
        text={
          asked?.trash_days === null
            ? t("settings.lowerAskUsual", { count: organization.trash_days })
            : t("settings.lowerAsk", { count: asked?.trash_days ?? organization.trash_days })
        }
        action={t("settings.lower")}
        isOpen={asked !== null}
        isPending={change.isPending}
        onConfirm={() => asked && change.mutate(asked)}
        onClose={() => setAsked(null)}
      />
    </div>
  );
}
