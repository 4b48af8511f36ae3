import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/errors";
import type { Field } from "@/api/types";
import { fieldKeys } from "@/features/fields";
import { ConfirmDialog, notify, notifyError } from "@/ui";
import { deleteField } from "./queries";

interface DeleteFieldDialogProps {
  field: Field | null;
  onClose: () => void;
}

/** Takes a field away; where assets have values of it, the server says how many, and asks once more. */
export function DeleteFieldDialog({ field, onClose }: DeleteFieldDialogProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const deletion = useMutation({
    mutationFn: async ({ id, force }: { id: string; force: boolean }) => deleteField(id, force),
    onSuccess: async () => {
      notify(t("fields.deleted", { name: field?.name }));
      close();
      await queryClient.invalidateQueries({ queryKey: fieldKeys.all });
    },
    onError: (error) => {
      if (!isInUse(error)) notifyError(t("ui.notDone"), error);
    },
  });
  const close = (): void => {
    deletion.reset();
    onClose();
  };
  const inUse = isInUse(deletion.error) ? deletion.error.message : null;
  return (
    <ConfirmDialog
      title={t("fields.delete", { name: field?.name ?? "" })}
      text={inUse ?? t("fields.deleteAsk")}
      action={inUse ? t("fields.deleteAnyway") : t("ui.delete")}
      isOpen={field !== null}
      isPending={deletion.isPending}
      onConfirm={() => field && deletion.mutate({ id: field.id, force: inUse !== null })}
      onClose={close}
    />
  );
}

function isInUse(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === "in-use";
}
