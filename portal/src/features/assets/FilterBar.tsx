import { useNavigate } from "@tanstack/react-router";
import { LayoutGrid, List } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Project } from "@/api/types";
import { SaveSearchMenu } from "@/features/searches";
import { IconButton, SearchField, Select, useShortcuts } from "@/ui";
import { ActiveFilters } from "./ActiveFilters";
import { ExportMenu } from "./ExportMenu";
import { type AssetFilters, isFiltered, KINDS, wholeOf } from "./filters";
import styles from "./ProjectPage.module.css";
import { SearchHelp } from "./SearchHelp";
import { SearchNotes } from "./SearchNotes";
import { SortSelect } from "./SortSelect";
import type { AssetList } from "./useAssetWindows";

const ALL = "all";

interface FilterBarProps {
  project: Project;
  filters: AssetFilters;
  view: "grid" | "list";
  list: AssetList | null;
}

/** How long after the last letter the search is sent. */
const TYPING_MS = 250;

/** A dialog needs so long to close. */
const FOCUS_BACK_MS = 300;

/** What is searched, in which order, and how many there are. */
export function FilterBar({ project, filters, view, list }: FilterBarProps) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/p/$projectId" });
  const search = useRef<HTMLInputElement>(null);
  const hint = useId();
  const [isWriting, setWriting] = useState(false);
  const [q, setQ] = useState(filters.q);
  const set = (change: { kind?: string | undefined; sort?: string; view?: "list" | undefined }): void =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  useEffect(() => setQ(filters.q), [filters.q]);
  useEffect(() => {
    if (q === filters.q) return;
    const timer = setTimeout(
      () => void navigate({ search: (before) => ({ ...before, q: q || undefined }), replace: true }),
      TYPING_MS,
    );
    return () => clearTimeout(timer);
  }, [q, filters.q, navigate]);
  const toggleView = (): void => set({ view: view === "list" ? undefined : "list" });
  const takeExample = (example: string): void => {
    setQ(example);
    // After the dialog has given the focus back to what opened it.
    setTimeout(() => search.current?.focus(), FOCUS_BACK_MS);
  };
  useShortcuts([
    ["/", () => search.current?.focus()],
    ["v", toggleView],
  ]);

  return (
    <search className={styles.filters}>
      <div className={styles.searching}>
        <SearchField
          label={t("assets.search")}
          value={q}
          onChange={setQ}
          inputRef={search}
          className={styles.search}
          describedBy={isWriting ? hint : undefined}
          onFocusChange={setWriting}
        />
        <SearchHelp project={project} onTry={takeExample} />
      </div>
      <Select
        compact
        label={t("assets.kind")}
        value={KINDS.find((kind) => kind === filters.conditions.kind) ?? ALL}
        options={[
          { value: ALL, label: t("assets.allKinds") },
          ...KINDS.map((kind) => ({ value: kind, label: t(`assets.kinds.${kind}`) })),
        ]}
        onChange={(value) => set({ kind: KINDS.find((kind) => kind === value) })}
      />
      <SortSelect project={project} filters={filters} onChange={(sort) => set({ sort })} />
      <IconButton
        label={view === "list" ? t("assets.gridView") : t("assets.listView")}
        shortcut="V"
        onPress={toggleView}
      >
        {view === "list" ? <LayoutGrid /> : <List />}
      </IconButton>
      <ExportMenu project={project} filters={filters} list={list} />
      {isFiltered(filters) && !filters.trashed ? (
        <SaveSearchMenu
          project={project}
          query={{ ...wholeOf(filters, list?.meant ?? ""), sort: filters.sort }}
        />
      ) : null}
      <span className={styles.count} role="status">
        {list && !list.isPending && !list.error
          ? list.isExact
            ? t("assets.count", { count: list.total })
            : t("assets.countMore", { count: list.total })
          : null}
      </span>
      {isWriting ? (
        <p id={hint} className={styles.hint}>
          {t("facets.hint")}
        </p>
      ) : null}
      {list && filters.q !== "" ? <SearchNotes q={filters.q} list={list} onSearch={setQ} /> : null}
      <ActiveFilters project={project} filters={filters} />
    </search>
  );
}
