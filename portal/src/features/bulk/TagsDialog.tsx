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

/** Tags that were taken, and what stands in the box and was not taken yet: it counts, too. */
function useTags() {
  const [taken, setTaken] = useState<readonly string[]>([]);
  const [typed, setTyped] = useState("");
  const all = [...new Set([...taken, typed.trim()])].filter(Boolean);
  return {
    all,
    field: {
      values: taken,
      onInput: setTyped,
      onAdd: (tag: string) => setTaken([...taken, tag]),
      onRemove: (tag: string) => setTaken(taken.filter((each) => each !== tag)),
    },
  };
}

function TagsForm({ project, isPending, onApply, onClose }: BulkDialogProps) {
  const { t } = useTranslation();
  const suggestions = useTagSuggestions(project.id, true);
  const added = useTags();
  const removed = useTags();
  return (
    <>
      <ChipsField
        {...added.field}
        label={t("bulk.addTags")}
        options={suggestions}
        allowsOthers
        placeholder={t("inspector.addTag")}
        autoFocus
      />
      <ChipsField
        {...removed.field}
        label={t("bulk.removeTags")}
        options={suggestions}
        allowsOthers
        placeholder={t("bulk.removeTag")}
      />
      <Actions>
        <Button onPress={onClose}>{t("ui.cancel")}</Button>
        <Button
          look="primary"
          isDisabled={added.all.length + removed.all.length === 0}
          isPending={isPending}
          onPress={() =>
            onApply({
              ...(added.all.length > 0 && { tag: added.all }),
              ...(removed.all.length > 0 && { untag: removed.all }),
            })
          }
        >
          {t("bulk.apply")}
        </Button>
      </Actions>
    </>
  );
}
