import { useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldErrors } from "@/api/errors";
import { Actions, Button, Form, TextField } from "@/ui";
import type { ShootDraft } from "./queries";

interface ShootFormProps {
  start: ShootDraft;
  /** What the button says. */
  action: string;
  isPending: boolean;
  error: Error | null;
  onSubmit: (draft: ShootDraft) => void;
  onClose: () => void;
}

export const NEW_SHOOT: ShootDraft = { name: "", date: null, place: "" };

/** What people say of a shoot. */
export function ShootForm({ start, action, isPending, error, onSubmit, onClose }: ShootFormProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(start);
  const set = (change: Partial<ShootDraft>): void => setDraft((before) => ({ ...before, ...change }));
  return (
    <Form isPending={isPending} onSubmit={() => onSubmit(draft)}>
      <TextField
        label={t("collections.name")}
        value={draft.name}
        onChange={(name) => set({ name })}
        errors={fieldErrors(error, "name")}
        maxLength={300}
        isRequired
        autoFocus
      />
      <TextField
        label={t("shoots.date")}
        type="date"
        value={draft.date ?? ""}
        onChange={(date) => set({ date: date || null })}
        errors={fieldErrors(error, "date")}
      />
      <TextField
        label={t("shoots.place")}
        value={draft.place}
        onChange={(place) => set({ place })}
        errors={fieldErrors(error, "place")}
        maxLength={300}
      />
      <Actions>
        <Button onPress={onClose}>{t("ui.cancel")}</Button>
        <Button type="submit" look="primary" isPending={isPending}>
          {action}
        </Button>
      </Actions>
    </Form>
  );
}

/** Whether a form shows what went wrong beside one of its fields. */
export function isShown(error: Error): boolean {
  return ["name", "date", "place"].some((field) => fieldErrors(error, field));
}
