import { type KeyboardEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Field } from "@/api/types";
import { ChipsField, Select, TextArea, TextField } from "@/ui";
import { isSameValue, parseText, textOf } from "./model";

export interface Person {
  readonly id: string;
  readonly name: string;
}

type Definition = Pick<Field, "name" | "type" | "choices" | "help" | "required">;

interface FieldInputProps {
  definition: Definition;
  value: unknown;
  people: readonly Person[];
  /** A finished value: a chosen one at once, a written one when it is left or confirmed by Enter. */
  onCommit: (value: unknown) => void;
  errors?: readonly string[] | undefined;
}

/** The editor of one field's value, in the form that its type asks for. */
export function FieldInput(props: FieldInputProps) {
  const { t } = useTranslation();
  const { definition, value, people, onCommit } = props;
  switch (definition.type) {
    case "boolean":
      return (
        <OneOf
          {...props}
          chosen={value === true ? "true" : value === false ? "false" : null}
          options={[
            { value: "true", label: t("fields.yes") },
            { value: "false", label: t("fields.no") },
          ]}
          onChoose={(chosen) => onCommit(chosen === null ? null : chosen === "true")}
        />
      );
    case "choice":
      return (
        <OneOf
          {...props}
          chosen={typeof value === "string" ? value : null}
          options={definition.choices.map((choice) => ({ value: choice, label: choice }))}
          onChoose={onCommit}
        />
      );
    case "person":
      return (
        <OneOf
          {...props}
          chosen={typeof value === "string" ? value : null}
          options={people.map(({ id, name }) => ({ value: id, label: name }))}
          onChoose={onCommit}
        />
      );
    case "multi_choice":
      return <ManyOf {...props} />;
    default:
      return <Written {...props} />;
  }
}

interface OneOfProps extends FieldInputProps {
  chosen: string | null;
  options: readonly { value: string; label: string }[];
  onChoose: (value: string | null) => void;
}

const NOTHING = "";

function OneOf({ definition, chosen, options, onChoose, errors }: OneOfProps) {
  const { t } = useTranslation();
  const known = chosen === null || options.some((option) => option.value === chosen);
  return (
    <Select
      label={labelOf(definition)}
      value={chosen ?? NOTHING}
      options={[
        { value: NOTHING, label: t("fields.none") },
        ...options,
        ...(known ? [] : [{ value: chosen, label: t("fields.gone") }]),
      ]}
      onChange={(next) => onChoose(next === NOTHING ? null : next)}
      description={definition.help || undefined}
      errors={errors}
    />
  );
}

function ManyOf({ definition, value, onCommit, errors }: FieldInputProps) {
  const chosen = Array.isArray(value) ? value.map(String) : [];
  return (
    <ChipsField
      label={labelOf(definition)}
      values={chosen}
      options={definition.choices}
      onAdd={(choice) => onCommit([...chosen, choice])}
      onRemove={(choice) => {
        const rest = chosen.filter((each) => each !== choice);
        onCommit(rest.length > 0 ? rest : null);
      }}
      description={definition.help || undefined}
      errors={errors}
    />
  );
}

const INPUT_TYPES = { date: "date", datetime: "datetime-local", url: "url" } as const;

function Written({ definition, value, onCommit, errors }: FieldInputProps) {
  const { t } = useTranslation();
  const { type } = definition;
  const [text, setText] = useState<string | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const held = textOf(type, value);
  // A value that arrives takes the place of one that was sent; what is being written stays.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `held` says when
  useEffect(() => setText(null), [held]);

  const commit = (): void => {
    if (text === null) return;
    const parsed = parseText(type, text);
    if ("fault" in parsed) {
      setFault(t(`fields.faults.${parsed.fault}`));
      return;
    }
    setFault(null);
    if (isSameValue(parsed.value, value)) setText(null);
    else onCommit(parsed.value);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && text !== null) {
      event.stopPropagation();
      setText(null);
      setFault(null);
    }
    if (event.key === "Enter" && (type !== "long_text" || event.ctrlKey || event.metaKey)) commit();
  };
  const shared = {
    label: labelOf(definition),
    value: text ?? held,
    onChange: setText,
    onBlur: commit,
    errors: fault === null ? errors : [fault],
    ...(definition.help && { description: definition.help }),
  };
  if (type === "long_text") return <TextArea {...shared} onKeyDown={onKeyDown} />;
  return (
    <TextField
      {...shared}
      onKeyDown={onKeyDown}
      {...(type === "number" && { inputMode: "decimal" })}
      type={type === "date" || type === "datetime" || type === "url" ? INPUT_TYPES[type] : "text"}
    />
  );
}

function labelOf({ name, required }: Definition): string {
  return required ? `${name} *` : name;
}
