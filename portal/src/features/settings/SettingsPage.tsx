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

/** How long assets lie in the trash after a change. */
function daysAfter(organization: OrganizationDetail, { trash_days }: Change): number {
  return (trash_days === null ? organization.trash_days_platform : trash_days) ?? organization.trash_days;
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
  /** Fewer days than now take assets out of the trash for ever: that is asked about first. */
  const send = (sent: Change): void => {
    if (daysAfter(organization, sent) < organization.trash_days) setAsked(sent);
    else change.mutate(sent);
  };
  const save = (): void => {
    if (Object.keys(changed).length > 0) send(changed);
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
          description={[!organization.trash_days_own && t("settings.isUsual"), t("settings.trashDaysHint")]
            .filter(Boolean)
            .join(" ")}
          type="number"
          min={1}
          value={days}
          onChange={setDays}
          errors={isWhole ? fieldErrors(change.error, "trash_days") : [t("settings.whole")]}
          isRequired
        />
        <Actions>
          {organization.trash_days_own ? (
            <Button onPress={() => send({ trash_days: null })} isDisabled={change.isPending}>
              {t("settings.usual", { count: organization.trash_days_platform })}
            </Button>
          ) : null}
          <Button type="submit" look="primary" isPending={change.isPending}>
            {t("ui.save")}
          </Button>
        </Actions>
      </Form>
      <ConfirmDialog
        title={t("settings.lowerTitle")}
        text={t("settings.lowerAsk", { count: daysAfter(organization, asked ?? {}) })}
        action={t("settings.lower")}
        isOpen={asked !== null}
        isPending={change.isPending}
        onConfirm={() => asked && change.mutate(asked)}
        onClose={() => setAsked(null)}
      />
    </div>
  );
}
