import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useTagSuggestions } from "@/features/tags";
import { Actions, Button, ChipsField, Dialog } from "@/ui";
import type { BulkDialogProps } from "./dialog";

/** Adds tags to many assets, and takes others away. */
export function TagsDialog(props: BulkDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("bulk.tagTitle", { count: props.count })} isOpen={props.isOpen} onClose={props.onClose}>
      <TagsForm {...props} />
    </Dialog>
  );
}

function TagsForm({ project, isPending, onApply, onClose }: BulkDialogProps) {
  const { t } = useTranslation();
  const suggestions = useTagSuggestions(project.id, true);
  const [added, setAdded] = useState<readonly string[]>([]);
  const [removed, setRemoved] = useState<readonly string[]>([]);
  return (
    <>
      <ChipsField
        label={t("bulk.addTags")}
        values={added}
        options={suggestions}
        allowsOthers
        placeholder={t("inspector.addTag")}
        onAdd={(tag) => setAdded([...added, tag])}
        onRemove={(tag) => setAdded(added.filter((each) => each !== tag))}
      />
      <ChipsField
        label={t("bulk.removeTags")}
        values={removed}
        options={suggestions}
        allowsOthers
        placeholder={t("inspector.addTag")}
        onAdd={(tag) => setRemoved([...removed, tag])}
        onRemove={(tag) => setRemoved(removed.filter((each) => each !== tag))}
      />
      <Actions>
        <Button onPress={onClose}>{t("ui.cancel")}</Button>
        <Button
          look="primary"
          isDisabled={added.length + removed.length === 0}
          isPending={isPending}
          onPress={() =>
            onApply({
              ...(added.length > 0 && { tag: added }),
              ...(removed.length > 0 && { untag: removed }),
            })
          }
        >
          {t("bulk.apply")}
        </Button>
      </Actions>
    </>
  );
}
