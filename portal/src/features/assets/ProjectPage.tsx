import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { Link2, PanelLeft, SlidersHorizontal, Users } from "lucide-react";
import { useEffect, useReducer, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Collection, type Project, reaches } from "@/api/types";
import { CollectionHead, collectionsQuery } from "@/features/collections";
import { PeopleDialog } from "@/features/people";
import { ProjectsCrumb, projectQuery } from "@/features/projects";
import { ProjectTabs } from "@/features/projectViews";
import { EditedSearch, EditSearchButton } from "@/features/searches";
import { ShareDialog, SharesDialog } from "@/features/shares";
import { UploadButton, UploadDrop, UploadFolderButton } from "@/features/upload";
import { IconButton, IconToggle, PageBar, SidePanel, useIsNarrow, usePageTitle, useShortcuts } from "@/ui";
import { AssetGrid } from "./AssetGrid";
import { FacetPanel } from "./FacetPanel";
import { FilterBar } from "./FilterBar";
import { type AssetFilters, filtersOf, PLACED, wholeOf } from "./filters";
import { Library } from "./Library";
import { ListState } from "./ListState";
import styles from "./ProjectPage.module.css";
import { projectJobsQuery } from "./queries";
import { SelectionBar } from "./SelectionBar";
import { NO_SELECTION, select } from "./selection";
import type { AssetList } from "./useAssetWindows";
import { useProjectFeed } from "./useProjectFeed";

type Dialogs = "share" | "shares" | "people" | null;

export function ProjectPage() {
  const { projectId } = useParams({ from: "/member/p/$projectId" });
  const { data: project } = useSuspenseQuery(projectQuery(projectId));
  return <ProjectBrowser key={project.id} project={project} />;
}

function ProjectBrowser({ project }: { project: Project }) {
  const { t } = useTranslation();
  const search = useSearch({ from: "/member/p/$projectId" });
  const filters = filtersOf(project.id, search);
  const { view = "grid" } = search;
  const jobs = useQuery(projectJobsQuery(project.id));
  const [selection, onSelect] = useReducer(select, NO_SELECTION);
  const [list, setList] = useState<AssetList | null>(null);
  const loaded = useRef<AssetList | null>(null);
  const [dialog, setDialog] = useState<Dialogs>(null);
  const isNarrow = useIsNarrow();
  const [showsLibrary, setShowsLibrary] = useState(!isNarrow);
  const [showsFacets, setShowsFacets] = useState(false);
  const mayEdit = reaches(project.role, "editor");
  const { data: collections = [] } = useQuery(collectionsQuery(project.id));
  const arranged = mayEdit ? arrangedOf(filters, collections) : null;
  useProjectFeed(project.id);
  useEffect(() => {
    // A panel that would cover the page is opened by hand alone.
    if (isNarrow) {
      setShowsLibrary(false);
      setShowsFacets(false);
    }
  }, [isNarrow]);
  usePageTitle(project.name);
  const shareSelected = (): void => {
    if (mayEdit && selection.ids.size > 0) setDialog("share");
  };
  useShortcuts([
    ["f", () => setShowsFacets((before) => !before)],
    ["Escape", () => onSelect({ type: "clear" })],
    ["Shift+s", shareSelected],
    ["Mod+a", () => onSelect({ type: "set", ids: loadedIds(loaded.current) })],
  ]);

  return (
    <>
      <PageBar
        title={project.name}
        crumb={<ProjectsCrumb organization={project.organization} />}
        before={
          <IconToggle label={t("library.toggle")} isSelected={showsLibrary} onChange={setShowsLibrary}>
            <PanelLeft />
          </IconToggle>
        }
      >
        <SelectionBar
          project={project}
          filters={filters}
          selection={selection}
          list={list}
          onSelect={onSelect}
          onShare={() => setDialog("share")}
          arrange={
            arranged ? { collection: arranged, order: () => inOrder(loaded.current, selection.ids) } : null
          }
        />
        <IconToggle
          label={t("facets.toggle")}
          shortcut="F"
          isSelected={showsFacets}
          onChange={setShowsFacets}
        >
          <SlidersHorizontal />
        </IconToggle>
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
            <UploadFolderButton label={t("upload.folder")} project={project.id} />
            <UploadDrop project={project.id} projectName={project.name} />
          </>
        ) : null}
      </PageBar>
      <ProjectTabs projectId={project.id} />
      <FilterBar project={project} filters={filters} view={view} list={list} />
      {filters.conditions.collection ? (
        <CollectionHead
          project={project}
          collection={filters.conditions.collection}
          isArranged={arranged !== null}
        >
          <EditSearchButton project={project} collection={filters.conditions.collection} />
        </CollectionHead>
      ) : null}
      {search.editing && mayEdit ? (
        <EditedSearch
          project={project}
          collection={search.editing}
          query={{ ...wholeOf(filters, list?.meant ?? ""), sort: filters.sort }}
        />
      ) : null}
      <div className={styles.columns}>
        <SidePanel
          label={t("library.title")}
          side="start"
          isOpen={showsLibrary}
          onClose={() => setShowsLibrary(false)}
        >
          <Library project={project} />
        </SidePanel>
        <div className={styles.body}>
          <AssetGrid
            label={t("assets.gridLabel", { project: project.name })}
            filters={filters}
            view={view}
            jobs={jobs.data ?? {}}
            selection={selection}
            onSelect={onSelect}
            mayDrag={mayEdit}
            arranged={arranged}
            onList={(next) => {
              loaded.current = next;
              setList((before) => (sameList(before, next) ? before : next));
            }}
          />
          <ListState list={list} filters={filters} project={project} mayEdit={mayEdit} />
        </div>
        <SidePanel
          label={t("facets.title")}
          side="end"
          isOpen={showsFacets}
          onClose={() => setShowsFacets(false)}
        >
          <FacetPanel project={project} filters={filters} />
        </SidePanel>
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
    one.notes.join() === other.notes.join() &&
    JSON.stringify(one.corrected) === JSON.stringify(other.corrected) &&
    one.error === other.error
  );
}

/** The collection whose whole content is listed in its own order: only then can that order be changed. */
function arrangedOf({ q, sort, conditions, trashed }: AssetFilters, collections: readonly Collection[]) {
  const { collection, ...others } = conditions;
  const isWhole = sort === PLACED && q === "" && !trashed && Object.keys(others).length === 0;
  const shown = collections.find(({ id }) => id === collection);
  return isWhole && shown?.kind === "manual" ? shown.id : null;
}

/** What is selected, as the list has it; what is not loaded comes last. */
function inOrder(list: AssetList | null, selected: ReadonlySet<string>): string[] {
  const listed = loadedIds(list).filter((id) => selected.has(id));
  return [...new Set([...listed, ...selected])];
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
