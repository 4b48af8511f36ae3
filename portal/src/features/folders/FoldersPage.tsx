import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { ChevronRight, Folder as FolderIcon, FolderTree, LayoutGrid } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Folder, Project } from "@/api/types";
import { projectQuery } from "@/features/projects";
import { AssetStrip, ProjectFrame } from "@/features/projectViews";
import { buttonClass, EmptyState, ErrorState, Skeleton } from "@/ui";
import styles from "./Folders.module.css";
import { below, crumbsOf, directly } from "./model";
import { type Folders, foldersQuery } from "./queries";

/** Of what lies in a folder itself so many are shown at once. */
const MOST = 24;

/** A project's assets by the folders that their files came from. */
export function FoldersPage() {
  const { t } = useTranslation();
  const { projectId } = useParams({ from: "/member/p/$projectId/folders" });
  const { path = "" } = useSearch({ from: "/member/p/$projectId/folders" });
  const { data: project } = useSuspenseQuery(projectQuery(projectId));
  const folders = useQuery(foldersQuery(project.id, path));
  return (
    <ProjectFrame project={project} title={t("views.folders")}>
      <Path project={project} path={path} />
      {folders.isPending ? <Skeleton className={styles.skeleton} /> : null}
      {folders.isError ? <ErrorState error={folders.error} onRetry={() => void folders.refetch()} /> : null}
      {folders.data ? <FolderContent project={project} path={path} content={folders.data} /> : null}
    </ProjectFrame>
  );
}

function Path({ project, path }: { project: Project; path: string }) {
  const { t } = useTranslation();
  const crumbs = [{ name: t("folders.top"), path: "" }, ...crumbsOf(path)];
  return (
    <nav aria-label={t("folders.path")}>
      <ol className={styles.path}>
        {crumbs.map((crumb, index) => (
          <li key={crumb.path}>
            {index > 0 ? <ChevronRight aria-hidden="true" /> : null}
            <Link
              to="/p/$projectId/folders"
              params={{ projectId: project.id }}
              search={{ path: crumb.path || undefined }}
              activeOptions={{ exact: true, includeSearch: true, explicitUndefined: true }}
            >
              {crumb.name}
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}

interface FolderContentProps {
  project: Project;
  path: string;
  content: Folders;
}

function FolderContent({ project, path, content: { folders, direct } }: FolderContentProps) {
  const { t } = useTranslation();
  const total = folders.reduce((sum, { asset_count }) => sum + asset_count, direct);
  if (total === 0) {
    return <EmptyState icon={<FolderTree />} text={path === "" ? t("folders.none") : t("folders.empty")} />;
  }
  return (
    <>
      <p className={styles.sum}>
        <span role="status">{t("folders.holds", { count: total })}</span>
        <Link
          to="/p/$projectId"
          params={{ projectId: project.id }}
          search={below(path)}
          className={buttonClass({ size: "small" })}
        >
          <LayoutGrid />
          {t("views.list")}
        </Link>
      </p>
      {folders.length > 0 ? (
        <ul className={styles.folders} aria-label={t("views.folders")}>
          {folders.map((folder) => (
            <FolderRow key={folder.path} project={project} folder={folder} />
          ))}
        </ul>
      ) : null}
      {direct > 0 ? <Direct project={project} path={path} count={direct} /> : null}
    </>
  );
}

function FolderRow({ project, folder }: { project: Project; folder: Folder }) {
  const { t } = useTranslation();
  return (
    <li>
      <Link
        to="/p/$projectId/folders"
        params={{ projectId: project.id }}
        search={{ path: folder.path }}
        className={styles.folder}
      >
        <FolderIcon aria-hidden="true" />
        <span className={styles.name} title={folder.name}>
          {folder.name}
        </span>
        <span className={styles.count}>{t("folders.assets", { count: folder.asset_count })}</span>
      </Link>
    </li>
  );
}

function Direct({ project, path, count }: { project: Project; path: string; count: number }) {
  const { t } = useTranslation();
  return (
    <section className={styles.direct} aria-label={t("folders.here")}>
      <header>
        <h3>{t("folders.here")}</h3>
        {count > MOST ? (
          <Link to="/p/$projectId" params={{ projectId: project.id }} search={directly(path)}>
            {t("views.showAll", { count })}
          </Link>
        ) : null}
      </header>
      <AssetStrip
        label={t("folders.here")}
        project={project.id}
        conditions={{ ...directly(path), sort: "name" }}
        most={MOST}
      />
    </section>
  );
}
