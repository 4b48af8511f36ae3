import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldErrors } from "@/api/errors";
import { followJob } from "@/features/bulk";
import { Actions, Button, Dialog, Form, notifyError, TextField } from "@/ui";
import { renameTag } from "./queries";

interface RenameDialogProps {
  project: string;
  tag: string | null;
  /** Tags that are there; under the name of one of them both become one. */
  known: readonly string[];
  onClose: () => void;
}

export function RenameDialog({ tag, onClose, ...rest }: RenameDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("tags.renameOf", { name: tag ?? "" })} isOpen={tag !== null} onClose={onClose}>
      {tag === null ? null : <RenameForm {...rest} tag={tag} onClose={onClose} />}
    </Dialog>
  );
}

function RenameForm({ project, tag, known, onClose }: RenameDialogProps & { tag: string }) {
  const { t } = useTranslation();
  const [name, setName] = useState(tag);
  const renaming = useMutation({
    mutationFn: () => renameTag(project, tag, name.trim()),
    onSuccess: (job) => {
      onClose();
      followJob({ job, project, mayUndo: true });
    },
    onError: (error) => {
      if (!fieldErrors(error, "to")) notifyError(t("ui.notDone"), error);
    },
  });
  const merges = name.trim() !== tag && known.includes(name.trim());
  return (
    <Form isPending={renaming.isPending} onSubmit={() => renaming.mutate()}>
      <TextField
        label={t("collections.name")}
        value={name}
        onChange={setName}
        errors={fieldErrors(renaming.error, "to")}
        maxLength={100}
        isRequired
        autoFocus
      />
      <p role="status">{merges ? t("tags.merges", { from: tag, to: name.trim() }) : null}</p>
      <Actions>
        <Button onPress={onClose}>{t("ui.cancel")}</Button>
        <Button
          type="submit"
          look="primary"
          isDisabled={name.trim() === tag || name.trim() === ""}
          isPending={renaming.isPending}
        >
          {merges ? t("tags.merge") : t("tags.rename")}
        </Button>
      </Actions>
    </Form>
  );
}
