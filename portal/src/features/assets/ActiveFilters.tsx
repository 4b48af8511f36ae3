import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Project } from "@/api/types";
import { collectionsQuery } from "@/features/collections";
import { projectFieldsQuery, usePeople } from "@/features/fields";
import { shootsQuery } from "@/features/shoots";
import { useFacetWords } from "./facets";
import type { AssetFilters } from "./filters";
import { conditionChips } from "./filters";
import styles from "./ProjectPage.module.css";
import { useConditions } from "./useConditions";

interface ActiveFiltersProps {
  project: Project;
  filters: AssetFilters;
}

/** Every filter that is in force, to be let go one by one. */
export function ActiveFilters({ project, filters }: ActiveFiltersProps) {
  const { t } = useTranslation();
  const { data: fields = [] } = useQuery(projectFieldsQuery(project.id));
  const people = usePeople(project.organization, [{ type: "person" }]);
  const { data: collections = [] } = useQuery(collectionsQuery(project.id));
  const { data: shoots = [] } = useQuery({
    ...shootsQuery(project.id),
    enabled: "shoot" in filters.conditions || "shoot__not" in filters.conditions,
  });
  const words = useFacetWords(fields, people);
  const change = useConditions();
  const chips = conditionChips(filters.conditions);
  if (chips.length === 0) return null;
  return (
    <ul className={styles.chips} aria-label={t("facets.active")}>
      {chips.map(({ name, value, parameter, isExcluded, rest }) => {
        const named = name === "collection" ? collections : name === "shoot" ? shoots : null;
        const shown = named
          ? (named.find(({ id }) => id === value)?.name ?? "…")
          : `${words.value(name, value)}${parameter.endsWith("__prefix") ? "…" : ""}`;
        const said = `${words.facet(name)}: ${isExcluded ? t("facets.not", { value: shown }) : shown}`;
        return (
          <li key={`${parameter} ${value}`} className={styles.chip}>
            {said}
            <button
              type="button"
              aria-label={t("facets.remove", { value: said })}
              onClick={() => change(rest)}
            >
              <X aria-hidden="true" />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
