import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, ListPlus, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field, Organization } from "@/api/types";
import { AdminPage, ForAdmins } from "@/features/admin";
import { fieldKeys, organizationFieldsQuery } from "@/features/fields";
import {
  Badge,
  Button,
  EmptyState,
  ErrorState,
  IconButton,
  Menu,
  MenuItem,
  notify,
  notifyError,
  Skeleton,
} from "@/ui";
import { DeleteFieldDialog } from "./DeleteFieldDialog";
import { FieldDialog } from "./FieldDialog";
import styles from "./Fields.module.css";
import { moved, PRESETS, type Preset } from "./model";
import { applyPreset, changeField } from "./queries";

/** Where administrators say what an organisation wants to know of its assets. */
export function FieldsPage() {
  const { t } = useTranslation();
  return (
    <ForAdmins title={t("fields.title")} refusal={t("fields.adminsOnly")}>
      {(organization) => <FieldsOf organization={organization} />}
    </ForAdmins>
  );
}

function FieldsOf({ organization }: { organization: Organization }) {
  const { t } = useTranslation();
  const fields = useQuery(organizationFieldsQuery(organization.id));
  const [edited, setEdited] = useState<Field | "new" | null>(null);
  const [doomed, setDoomed] = useState<Field | null>(null);
  return (
    <AdminPage
      path="/fields"
      organization={organization}
      title={t("fields.title")}
      intro={t("fields.intro")}
      actions={
        <>
          <PresetMenu organization={organization} />
          <Button look="primary" onPress={() => setEdited("new")}>
            <Plus />
            {t("fields.new")}
          </Button>
        </>
      }
    >
      {fields.isPending ? <Skeleton className={styles.skeleton} /> : null}
      {fields.isError ? <ErrorState error={fields.error} onRetry={() => void fields.refetch()} /> : null}
      {fields.data?.length === 0 ? <EmptyState icon={<ListPlus />} text={t("fields.empty")} /> : null}
      {fields.data && fields.data.length > 0 ? (
        <FieldList organization={organization} fields={fields.data} onEdit={setEdited} onDelete={setDoomed} />
      ) : null}
      <FieldDialog organization={organization} field={edited} onClose={() => setEdited(null)} />
      <DeleteFieldDialog field={doomed} onClose={() => setDoomed(null)} />
    </AdminPage>
  );
}

function PresetMenu({ organization }: { organization: Organization }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const application = useMutation({
    mutationFn: (preset: Preset) => applyPreset(organization.id, preset),
    onSuccess: async (_answer, preset) => {
      notify(t("fields.presetApplied", { name: t(`fields.presets.${preset}`) }));
      await queryClient.invalidateQueries({ queryKey: fieldKeys.all });
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
  return (
    <Menu
      label={t("fields.applyPreset")}
      placement="bottom end"
      trigger={
        <Button isPending={application.isPending}>
          <ListPlus />
          {t("fields.applyPreset")}
        </Button>
      }
    >
      {PRESETS.map((preset) => (
        <MenuItem
          key={preset}
          label={t(`fields.presets.${preset}`)}
          onAction={() => application.mutate(preset)}
        />
      ))}
    </Menu>
  );
}

interface FieldListProps {
  organization: Organization;
  fields: readonly Field[];
  onEdit: (field: Field) => void;
  onDelete: (field: Field) => void;
}

function FieldList({ organization, fields, onEdit, onDelete }: FieldListProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const move = useMutation({
    mutationFn: async ({ field, step }: { field: Field; step: -1 | 1 }) => {
      for (const { id, order } of moved(fields, field.id, step) ?? []) await changeField(id, { order });
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
    onSettled: () => queryClient.invalidateQueries({ queryKey: fieldKeys.all }),
  });
  return (
    <table className={styles.table} aria-label={t("fields.titleOf", { name: organization.name })}>
      <thead>
        <tr>
          <th scope="col">{t("fields.name")}</th>
          <th scope="col">{t("fields.key")}</th>
          <th scope="col">{t("fields.type")}</th>
          <th scope="col">{t("fields.details")}</th>
          <th scope="col">
            <span className="visually-hidden">{t("ui.more")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {fields.map((field, index) => (
          <tr key={field.id}>
            <th scope="row">{field.name}</th>
            <td className="mono">{field.key}</td>
            <td>{t(`fields.types.${field.type}`)}</td>
            <td>
              <Details field={field} />
            </td>
            <td className={styles.actions}>
              <IconButton
                label={t("fields.up", { name: field.name })}
                size="small"
                isDisabled={index === 0 || move.isPending}
                onPress={() => move.mutate({ field, step: -1 })}
              >
                <ArrowUp />
              </IconButton>
              <IconButton
                label={t("fields.down", { name: field.name })}
                size="small"
                isDisabled={index === fields.length - 1 || move.isPending}
                onPress={() => move.mutate({ field, step: 1 })}
              >
                <ArrowDown />
              </IconButton>
              <IconButton
                label={t("fields.edit", { name: field.name })}
                size="small"
                onPress={() => onEdit(field)}
              >
                <Pencil />
              </IconButton>
              <IconButton
                label={t("fields.delete", { name: field.name })}
                size="small"
                onPress={() => onDelete(field)}
              >
                <Trash2 />
              </IconButton>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Details({ field }: { field: Field }) {
  const { t } = useTranslation();
  return (
    <span className={styles.details}>
      {field.required ? <Badge tone="accent">{t("fields.required")}</Badge> : null}
      {field.projects ? <Badge>{t("fields.inProjects", { count: field.projects.length })}</Badge> : null}
      <span>{field.choices.length > 0 ? field.choices.join(", ") : field.help}</span>
    </span>
  );
}
