import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { CircleMinus } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Project } from "@/api/types";
import { type Person, projectFieldsQuery, usePeople } from "@/features/fields";
import { classNames, ErrorState, Skeleton } from "@/ui";
import styles from "./FacetPanel.module.css";
import { conditionName, facetNames, useFacetWords } from "./facets";
import { type AssetFilters, choiceOf, type Way, withChoice } from "./filters";
import { type Facet, facetsQuery } from "./queries";
import { useConditions } from "./useConditions";

interface FacetPanelProps {
  project: Project;
  filters: AssetFilters;
}

/** What the list holds, counted, to ask for or to leave out. */
export function FacetPanel({ project, filters }: FacetPanelProps) {
  const { t } = useTranslation();
  const fields = useQuery(projectFieldsQuery(project.id));
  const people = usePeople(project.organization, [{ type: "person" }]);
  const names = facetNames(fields.data ?? []);
  const facets = useQuery({
    ...facetsQuery(filters, names),
    enabled: fields.isSuccess,
    placeholderData: keepPreviousData,
  });
  const put = useConditions();
  const change: Change = (name, value, way) => put(withChoice(filters.conditions, name, value, way));
  const shown = (facets.data ?? []).filter(({ values }) => values.length > 0);
  return (
    <aside className={styles.panel} aria-label={t("facets.title")} aria-busy={facets.isFetching}>
      {facets.isPending ? <Skeleton className={styles.skeleton} /> : null}
      {facets.isError ? <ErrorState error={facets.error} onRetry={() => void facets.refetch()} /> : null}
      {facets.isSuccess && shown.length === 0 ? <p className={styles.empty}>{t("facets.empty")}</p> : null}
      {shown.map((facet) => (
        <FacetSection
          key={facet.name}
          facet={facet}
          filters={filters}
          names={fields.data ?? []}
          people={people}
          onChange={change}
        />
      ))}
    </aside>
  );
}

type Change = (name: string, value: string, way: Way) => void;

interface FacetSectionProps {
  facet: Facet;
  filters: AssetFilters;
  names: Parameters<typeof useFacetWords>[0];
  people: readonly Person[];
  onChange: Change;
}

function FacetSection({ facet, filters, names, people, onChange }: FacetSectionProps) {
  const { t } = useTranslation();
  const words = useFacetWords(names, people);
  const name = conditionName(facet.name);
  const { included, excluded } = choiceOf(filters.conditions, name);
  return (
    <details open className={styles.facet}>
      <summary>
        {words.facet(facet.name)}
        {facet.exact ? null : <small>{t("facets.about")}</small>}
      </summary>
      <ul>
        {facet.values.map(({ value, count, label: told }) => {
          const isIn = included.includes(value);
          const isOut = excluded.includes(value);
          const label = told ?? words.value(facet.name, value);
          return (
            <li key={value} className={styles.value}>
              <button
                type="button"
                aria-pressed={isIn}
                className={classNames(styles.in, isOut && styles.struck)}
                onClick={() => onChange(name, value, isIn ? "off" : "in")}
              >
                <span>{label}</span>
                <small className={styles.count}>{count}</small>
              </button>
              <button
                type="button"
                aria-pressed={isOut}
                aria-label={t("facets.without", { value: label })}
                title={t("facets.without", { value: label })}
                className={styles.out}
                onClick={() => onChange(name, value, isOut ? "off" : "out")}
              >
                <CircleMinus aria-hidden="true" />
              </button>
            </li>
          );
        })}
      </ul>
    </details>
  );
}
