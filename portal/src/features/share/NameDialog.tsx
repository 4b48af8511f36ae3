import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldErrors } from "@/api/errors";
import type { ShareView } from "@/api/types";
import { Actions, Button, Dialog, Form, notifyError, TextField } from "@/ui";
import { shareKeys, unlock } from "./queries";

interface NameDialogProps {
  token: string;
  /** What the name is for: comments, or the watermark of everything that is shown. */
  reason: "comment" | "watermark";
  isOpen: boolean;
  onClose: (named: boolean) => void;
}

/** Asks a guest for a name before the first comment, or before anything is shown that will carry it. */
export function NameDialog({ token, reason, isOpen, onClose }: NameDialogProps) {
  const { t } = useTranslation();
  const title = t(reason === "watermark" ? "share.viewerTitle" : "share.nameTitle");
  return (
    <Dialog title={title} isOpen={isOpen} onClose={() => onClose(false)}>
      <NameForm token={token} reason={reason} onClose={onClose} />
    </Dialog>
  );
}

function NameForm({ token, reason, onClose }: Omit<NameDialogProps, "isOpen">) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const naming = useMutation({
    mutationFn: () => unlock(token, { name: name.trim(), ...(email.trim() && { email: email.trim() }) }),
    onSuccess: (guest) => {
      queryClient.setQueryData<ShareView>(shareKeys.view(token), (view) => view && { ...view, guest });
      onClose(true);
    },
    onError: (error) => {
      if (!fieldErrors(error, "name") && !fieldErrors(error, "email")) notifyError(t("ui.notDone"), error);
    },
  });
  return (
    <Form isPending={naming.isPending} onSubmit={() => naming.mutate()}>
      <p>{t(reason === "watermark" ? "share.viewerText" : "share.nameText")}</p>
      <TextField
        label={t("share.name")}
        autoComplete="name"
        value={name}
        onChange={setName}
        errors={fieldErrors(naming.error, "name")}
        maxLength={200}
        isRequired
        autoFocus
      />
      <TextField
        label={t("share.email")}
        type="email"
        autoComplete="email"
        value={email}
        onChange={setEmail}
        errors={fieldErrors(naming.error, "email")}
      />
      <Actions>
        <Button onPress={() => onClose(false)}>{t("ui.cancel")}</Button>
        <Button type="submit" look="primary" isPending={naming.isPending}>
          {t("share.continue")}
        </Button>
      </Actions>
    </Form>
  );
}
