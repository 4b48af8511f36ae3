import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { FieldType, Project } from "@/api/types";
import { collectionsQuery } from "@/features/collections";
import { projectFieldsQuery } from "@/features/fields";
import { Select } from "@/ui";
import { type AssetFilters, PLACED, SORTS } from "./filters";

/** Values of these have no order. */
const UNSORTED: ReadonlySet<FieldType> = new Set(["multi_choice", "long_text"]);

interface SortSelectProps {
  project: Project;
  filters: AssetFilters;
  onChange: (sort: string) => void;
}

/** In which order the list comes: by what every asset has, by a custom field, or as a collection was arranged. */
export function SortSelect({ project, filters, onChange }: SortSelectProps) {
  const { t } = useTranslation();
  const { data: fields = [] } = useQuery(projectFieldsQuery(project.id));
  const { data: collections = [] } = useQuery(collectionsQuery(project.id));
  const isPlaced = collections.some(
    ({ id, kind }) => id === filters.conditions.collection && kind === "manual",
  );
  const options = [
    ...(filters.q ? [{ value: "relevance", label: t("library.sorts.relevance") }] : []),
    ...(isPlaced ? [{ value: PLACED, label: t("library.sorts.position") }] : []),
    ...SORTS.map((sort) => ({ value: sort as string, label: t(`library.sorts.${sort}`) })),
    ...fields
      .filter(({ type }) => !UNSORTED.has(type))
      .flatMap(({ key, name }) => [
        { value: `field.${key}`, label: t("library.sorts.field", { name }) },
        { value: `-field.${key}`, label: t("library.sorts.fieldDown", { name }) },
      ]),
  ];
  return (
    <Select
      compact
      label={t("assets.sort")}
      value={options.some(({ value }) => value === filters.sort) ? filters.sort : SORTS[0]}
      options={options}
      onChange={onChange}
    />
  );
}
