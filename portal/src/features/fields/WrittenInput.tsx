import { type KeyboardEvent, useEffect, useReducer, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FieldType } from "@/api/types";
import { TextArea, TextField } from "@/ui";
import { draftAfter, draftOf, leavesToSend } from "./draft";
import { isSameValue, parseText, textOf } from "./model";

/** Takes a finished value; `false`, or a promise of it, says that it was refused. */
export type Commit = (value: unknown) => unknown;

interface WrittenInputProps {
  label: string;
  type: FieldType;
  value: unknown;
  onCommit: Commit;
  /** What was written is given up, and with it what was said about it. */
  onRevert?: (() => void) | undefined;
  description?: string | undefined;
  errors?: readonly string[] | undefined;
  maxLength?: number;
}

/** A value in a text box: leaving it or Enter commits it, Escape takes it back. */
export function WrittenInput(props: WrittenInputProps) {
  const { label, type, value, onCommit, onRevert, description, errors, maxLength } = props;
  const { t } = useTranslation();
  const held = textOf(type, value);
  const [draft, tell] = useReducer(draftAfter, held, draftOf);
  const [fault, setFault] = useState<string | null>(null);
  useEffect(() => tell({ type: "arrive", held }), [held]);

  const revert = (): void => {
    tell({ type: "revert" });
    setFault(null);
    onRevert?.();
  };
  const commit = async (): Promise<void> => {
    if (draft.text === null || draft.isSending) return;
    const parsed = parseText(type, draft.text);
    if ("fault" in parsed) {
      setFault(t(`fields.faults.${parsed.fault}`));
      return;
    }
    setFault(null);
    if (isSameValue(parsed.value, value)) {
      revert();
      return;
    }
    tell({ type: "send" });
    tell({ type: "answer", isTaken: (await onCommit(parsed.value)) !== false });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && draft.text !== null) {
      event.stopPropagation();
      revert();
    }
    if (event.key === "Enter" && (type !== "long_text" || event.ctrlKey || event.metaKey)) void commit();
  };
  const overtaken = draft.isOvertaken ? [t("inspector.overtaken")] : errors;
  const shared = {
    label,
    value: draft.text ?? draft.held,
    onChange: (text: string) => tell({ type: "write", text }),
    onBlur: () => {
      if (leavesToSend(draft)) void commit();
    },
    errors: fault === null ? overtaken : [fault],
    ...(description && { description }),
    ...(maxLength && { maxLength }),
  };
  if (type === "long_text") return <TextArea {...shared} onKeyDown={onKeyDown} />;
  return (
    <TextField
      {...shared}
      onKeyDown={onKeyDown}
      {...(type === "number" && { inputMode: "decimal" })}
      // An address is judged by the server, in words of ours.
      {...(type === "url" && { inputMode: "url" })}
      type={type === "date" ? "date" : type === "datetime" ? "datetime-local" : "text"}
    />
  );
}
