import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { FieldInput, projectFieldsQuery, usePeople } from "@/features/fields";
import { Actions, Button, Dialog, ErrorState, Select, Skeleton } from "@/ui";
import styles from "./Bulk.module.css";
import type { BulkDialogProps } from "./dialog";
import { saidOf } from "./model";

/** Gives one field the same value in many assets; an empty one clears it. */
export function FieldDialog(props: BulkDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog
      title={t("bulk.fieldTitle", { count: props.count })}
      isOpen={props.isOpen}
      onClose={props.onClose}
    >
      <FieldForm {...props} />
    </Dialog>
  );
}

function FieldForm({ project, isPending, error, onApply, onClose }: BulkDialogProps) {
  const { t } = useTranslation();
  const fields = useQuery(projectFieldsQuery(project.id));
  const people = usePeople(project.organization, fields.data ?? []);
  const [key, setKey] = useState<string | null>(null);
  const [value, setValue] = useState<unknown>(null);
  if (fields.isPending) return <Skeleton className={styles.skeleton} />;
  if (fields.isError) return <ErrorState error={fields.error} onRetry={() => void fields.refetch()} />;
  const field = fields.data.find((each) => each.key === key) ?? fields.data[0];
  if (!field) return <p>{t("inspector.noFields")}</p>;
  return (
    <>
      <Select
        label={t("bulk.field")}
        value={field.key}
        options={fields.data.map((each) => ({ value: each.key, label: each.name }))}
        onChange={(next) => {
          setKey(next);
          setValue(null);
        }}
      />
      <FieldInput
        key={field.key}
        definition={{ ...field, name: t("bulk.value"), required: false }}
        value={value}
        people={people}
        onCommit={setValue}
        errors={saidOf(error)}
      />
      {/* Leaving the box makes it a value: were the line to go then, the button would move from under the pointer. */}
      <p className={styles.hint} style={{ visibility: value === null ? "visible" : "hidden" }}>
        {t("bulk.clears")}
      </p>
      <Actions>
        <Button onPress={onClose}>{t("ui.cancel")}</Button>
        <Button
          look="primary"
          isPending={isPending}
          onPress={() => onApply({ set: { fields: { [field.key]: value } } })}
        >
          {t("bulk.apply")}
        </Button>
      </Actions>
    </>
  );
}
