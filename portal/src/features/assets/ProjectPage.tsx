import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Film, LayoutGrid, Link2, List, SearchX, Share2, Users, X } from "lucide-react";
import { useEffect, useReducer, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Kind, type Project, reaches } from "@/api/types";
import { PeopleDialog } from "@/features/people";
import { projectQuery } from "@/features/projects";
import { ShareDialog, SharesDialog } from "@/features/shares";
import { UploadButton, UploadDrop } from "@/features/upload";
import {
  Button,
  EmptyState,
  ErrorState,
  IconButton,
  SearchField,
  Select,
  Skeleton,
  usePageTitle,
  useShortcuts,
} from "@/ui";
import { AssetGrid } from "./AssetGrid";
import styles from "./ProjectPage.module.css";
import { type AssetFilters, KINDS, projectJobsQuery, SORTS, type Sort } from "./queries";
import { NO_SELECTION, select } from "./selection";
import type { AssetList } from "./useAssetWindows";
import { useProjectFeed } from "./useProjectFeed";

const ALL = "all";
type Dialogs = "share" | "shares" | "people" | null;

export function ProjectPage() {
  const { projectId } = useParams({ from: "/member/p/$projectId" });
  const { data: project } = useSuspenseQuery(projectQuery(projectId));
  return <ProjectBrowser key={project.id} project={project} />;
}

function useFilters(project: string): AssetFilters {
  const { q, kind, sort } = useSearch({ from: "/member/p/$projectId" });
  return {
    project,
    q: q ?? "",
    kind: KINDS.find((known) => known === kind) ?? null,
    sort: SORTS.find((known) => known === sort) ?? "-created_at",
  };
}

function ProjectBrowser({ project }: { project: Project }) {
  const { t } = useTranslation();
  const filters = useFilters(project.id);
  const { view = "grid" } = useSearch({ from: "/member/p/$projectId" });
  const jobs = useQuery(projectJobsQuery(project.id));
  const [selection, onSelect] = useReducer(select, NO_SELECTION);
  const [list, setList] = useState<AssetList | null>(null);
  const loaded = useRef<AssetList | null>(null);
  const [dialog, setDialog] = useState<Dialogs>(null);
  const mayEdit = reaches(project.role, "editor");
  useProjectFeed(project.id);
  usePageTitle(project.name);
  const shareSelected = (): void => {
    if (mayEdit && selection.ids.size > 0) setDialog("share");
  };
  useShortcuts([
    ["Escape", () => onSelect({ type: "clear" })],
    ["Shift+s", shareSelected],
    ["Mod+a", () => onSelect({ type: "set", ids: loadedIds(loaded.current) })],
  ]);

  return (
    <>
      <header className={styles.bar}>
        <div className={styles.heading}>
          <Link to="/" search={{ org: project.organization, client: undefined }} className={styles.crumb}>
            {t("app.projects")}
          </Link>
          <h1>{project.name}</h1>
        </div>
        {selection.ids.size > 0 ? (
          <div className={styles.selection} aria-live="polite">
            <span>{t("assets.selected", { count: selection.ids.size })}</span>
            <IconButton label={t("assets.clearSelection")} onPress={() => onSelect({ type: "clear" })}>
              <X />
            </IconButton>
            {mayEdit ? (
              <Button onPress={() => setDialog("share")}>
                <Share2 />
                {t("assets.share")}
              </Button>
            ) : null}
          </div>
        ) : null}
        {reaches(project.role, "admin") ? (
          <IconButton label={t("assets.people")} onPress={() => setDialog("people")}>
            <Users />
          </IconButton>
        ) : null}
        {mayEdit ? (
          <>
            <IconButton label={t("assets.shares")} onPress={() => setDialog("shares")}>
              <Link2 />
            </IconButton>
            <UploadButton label={t("assets.upload")} project={project.id} />
            <UploadDrop project={project.id} projectName={project.name} />
          </>
        ) : null}
      </header>
      <FilterBar filters={filters} view={view} list={list} />
      <div className={styles.body}>
        <AssetGrid
          label={t("assets.gridLabel", { project: project.name })}
          filters={filters}
          view={view}
          jobs={jobs.data ?? {}}
          selection={selection}
          onSelect={onSelect}
          onList={(next) => {
            loaded.current = next;
            setList((before) => (sameList(before, next) ? before : next));
          }}
        />
        <ListState list={list} filters={filters} project={project} mayEdit={mayEdit} />
      </div>
      <ShareDialog
        project={project.id}
        assets={[...selection.ids]}
        isOpen={dialog === "share"}
        onClose={() => setDialog(null)}
      />
      <SharesDialog project={project} isOpen={dialog === "shares"} onClose={() => setDialog(null)} />
      <PeopleDialog project={project} isOpen={dialog === "people"} onClose={() => setDialog(null)} />
    </>
  );
}

/** The page shows the numbers of the list, not its rows. */
function sameList(one: AssetList | null, other: AssetList): boolean {
  return (
    one !== null &&
    one.total === other.total &&
    one.isExact === other.isExact &&
    one.isPending === other.isPending &&
    one.error === other.error
  );
}

function loadedIds(list: AssetList | null): string[] {
  if (!list) return [];
  const ids: string[] = [];
  for (let index = 0; index < list.total; index += 1) {
    const asset = list.at(index);
    if (asset) ids.push(asset.id);
  }
  return ids;
}

interface FilterBarProps {
  filters: AssetFilters;
  view: "grid" | "list";
  list: AssetList | null;
}

/** How long after the last letter the search is sent. */
const TYPING_MS = 250;

function FilterBar({ filters, view, list }: FilterBarProps) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/p/$projectId" });
  const search = useRef<HTMLInputElement>(null);
  const [q, setQ] = useState(filters.q);
  const set = (change: {
    q?: string | undefined;
    kind?: Kind | undefined;
    sort?: Sort;
    view?: "list" | undefined;
  }): void => void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
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
  useShortcuts([
    ["/", () => search.current?.focus()],
    ["v", toggleView],
  ]);

  return (
    <search className={styles.filters}>
      <SearchField
        label={t("assets.search")}
        value={q}
        onChange={setQ}
        inputRef={search}
        className={styles.search}
      />
      <Select
        compact
        label={t("assets.kind")}
        value={filters.kind ?? ALL}
        options={[
          { value: ALL, label: t("assets.allKinds") },
          ...KINDS.map((kind) => ({ value: kind, label: t(`assets.kinds.${kind}`) })),
        ]}
        onChange={(value) => set({ kind: KINDS.find((kind) => kind === value) })}
      />
      <Select
        compact
        label={t("assets.sort")}
        value={filters.sort}
        options={SORTS.map((sort) => ({ value: sort, label: t(`assets.sorts.${sort}`) }))}
        onChange={(sort) => set({ sort })}
      />
      <IconButton
        label={view === "list" ? t("assets.gridView") : t("assets.listView")}
        shortcut="V"
        onPress={toggleView}
      >
        {view === "list" ? <LayoutGrid /> : <List />}
      </IconButton>
      <span className={styles.count} role="status">
        {list && !list.isPending && !list.error
          ? list.isExact
            ? t("assets.count", { count: list.total })
            : t("assets.countMore", { count: list.total })
          : null}
      </span>
    </search>
  );
}

interface ListStateProps {
  list: AssetList | null;
  filters: AssetFilters;
  project: Project;
  mayEdit: boolean;
}

/** Stands over the grid while it has nothing to show. */
function ListState({ list, filters, project, mayEdit }: ListStateProps) {
  const { t } = useTranslation();
  const navigate = useNavigate({ from: "/p/$projectId" });
  if (!list || list.isPending) {
    return (
      <div className={styles.skeletons} aria-hidden="true">
        {Array.from({ length: 18 }, (_, index) => `s${index}`).map((key) => (
          <Skeleton key={key} />
        ))}
      </div>
    );
  }
  if (list.error && list.total === 0) {
    return (
      <div className={styles.over}>
        <ErrorState error={list.error} onRetry={list.retry} />
      </div>
    );
  }
  if (list.total > 0) return null;
  const filtered = filters.q !== "" || filters.kind !== null;
  return (
    <div className={styles.over}>
      {filtered ? (
        <EmptyState
          icon={<SearchX />}
          text={t("assets.noMatch")}
          action={
            <Button
              onPress={() =>
                void navigate({
                  search: (before) => ({ ...before, q: undefined, kind: undefined }),
                  replace: true,
                })
              }
            >
              {t("assets.clearFilters")}
            </Button>
          }
        />
      ) : (
        <EmptyState
          icon={<Film />}
          text={mayEdit ? t("assets.empty") : t("assets.emptyViewer")}
          action={mayEdit ? <UploadButton label={t("assets.uploadFiles")} project={project.id} /> : undefined}
        />
      )}
    </div>
  );
}
