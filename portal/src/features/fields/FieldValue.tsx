import { useTranslation } from "react-i18next";
import type { Field } from "@/api/types";
import { formatDate, formatDateTime } from "@/ui";
import type { Person } from "./FieldInput";

interface FieldValueProps {
  definition: Field;
  value: unknown;
  people: readonly Person[];
}

/** A field's value for those who only read. */
export function FieldValue({ definition, value, people }: FieldValueProps) {
  const { t } = useTranslation();
  switch (definition.type) {
    case "boolean":
      return value ? t("fields.yes") : t("fields.no");
    case "multi_choice":
      return Array.isArray(value) ? value.join(", ") : String(value);
    case "date":
      return formatDate(`${value}T12:00:00`);
    case "datetime":
      return formatDateTime(String(value));
    case "person":
      return people.find(({ id }) => id === value)?.name ?? t("fields.gone");
    case "url":
      return (
        <a href={String(value)} target="_blank" rel="noreferrer noopener">
          {String(value)}
        </a>
      );
    default:
      return String(value);
  }
}
