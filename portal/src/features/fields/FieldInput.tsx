import { useTranslation } from "react-i18next";
import type { Field } from "@/api/types";
import { ChipsField, Select } from "@/ui";
import { type Commit, WrittenInput } from "./WrittenInput";

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
  onCommit: Commit;
  /** What was written is taken back. */
  onRevert?: () => void;
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
          onChoose={(chosen) => void onCommit(chosen === null ? null : chosen === "true")}
        />
      );
    case "choice":
      return (
        <OneOf
          {...props}
          chosen={typeof value === "string" ? value : null}
          options={definition.choices.map((choice) => ({ value: choice, label: choice }))}
          onChoose={(chosen) => void onCommit(chosen)}
        />
      );
    case "person":
      return (
        <OneOf
          {...props}
          chosen={typeof value === "string" ? value : null}
          options={people.map(({ id, name }) => ({ value: id, label: name }))}
          onChoose={(chosen) => void onCommit(chosen)}
        />
      );
    case "multi_choice":
      return <ManyOf {...props} />;
    default:
      return (
        <WrittenInput
          label={labelOf(definition)}
          type={definition.type}
          value={value}
          onCommit={onCommit}
          onRevert={props.onRevert}
          description={definition.help || undefined}
          errors={props.errors}
        />
      );
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
      onAdd={(choice) => void onCommit([...chosen, choice])}
      onRemove={(choice) => {
        const rest = chosen.filter((each) => each !== choice);
        void onCommit(rest.length > 0 ? rest : null);
      }}
      description={definition.help || undefined}
      errors={errors}
    />
  );
}

function labelOf({ name, required }: Definition): string {
  return required ? `${name} *` : name;
}
