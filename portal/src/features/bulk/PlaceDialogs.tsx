import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { reaches } from "@/api/types";
import { collectionsQuery } from "@/features/collections";
import { projectsQuery } from "@/features/projects";
import { Actions, Button, Dialog, Select } from "@/ui";
import styles from "./Bulk.module.css";
import type { BulkDialogProps } from "./dialog";

/** Puts many assets into a hand-picked collection. */
export function CollectDialog(props: BulkDialogProps) {
  const { t } = useTranslation();
  const collections = useQuery({ ...collectionsQuery(props.project.id), enabled: props.isOpen });
  const options = (collections.data ?? [])
    .filter(({ kind }) => kind === "manual")
    .map(({ id, name }) => ({ value: id, label: name }));
  return (
    <PlaceDialog
      {...props}
      title={t("bulk.collectTitle", { count: props.count })}
      label={t("bulk.collection")}
      none={t("bulk.noCollection")}
      options={options}
      onChoose={(collect) => props.onApply({ collect })}
    />
  );
}

/** Moves many assets into another project of the organisation. */
export function MoveDialog(props: BulkDialogProps) {
  const { t } = useTranslation();
  const { project } = props;
  const projects = useQuery({ ...projectsQuery(project.organization, undefined), enabled: props.isOpen });
  const options = (projects.data ?? [])
    .filter(({ id, role }) => id !== project.id && reaches(role, "editor"))
    .map(({ id, name }) => ({ value: id, label: name }));
  return (
    <PlaceDialog
      {...props}
      title={t("bulk.moveTitle", { count: props.count })}
      label={t("bulk.project")}
      none={t("bulk.noProject")}
      options={options}
      onChoose={(move) => props.onApply({ move })}
    />
  );
}

const FORMATS = ["csv", "jsonl", "xmp"] as const;

/** Writes the metadata of many assets into a file. */
export function ExportDialog(props: BulkDialogProps) {
  const { t } = useTranslation();
  return (
    <PlaceDialog
      {...props}
      title={t("bulk.exportTitle", { count: props.count })}
      label={t("bulk.format")}
      none=""
      options={FORMATS.map((value) => ({ value, label: t(`library.formats.${value}`) }))}
      onChoose={(format) => props.onApply({ export: { format } })}
    />
  );
}

interface PlaceDialogProps extends BulkDialogProps {
  title: string;
  label: string;
  /** What is said where there is no place to choose. */
  none: string;
  options: readonly { value: string; label: string }[];
  onChoose: (id: string) => void;
}

function PlaceDialog({
  title,
  label,
  none,
  options,
  isOpen,
  isPending,
  onChoose,
  onClose,
}: PlaceDialogProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string | null>(null);
  const place = options.find(({ value }) => value === chosen) ?? options[0];
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose}>
      {place ? (
        <Select label={label} value={place.value} options={options} onChange={setChosen} />
      ) : (
        <p className={styles.hint}>{none}</p>
      )}
      <Actions>
        <Button onPress={onClose}>{t("ui.cancel")}</Button>
        <Button
          look="primary"
          isDisabled={!place}
          isPending={isPending}
          onPress={() => place && onChoose(place.value)}
        >
          {t("bulk.apply")}
        </Button>
      </Actions>
    </Dialog>
  );
}
