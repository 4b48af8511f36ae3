import { Link } from "@tanstack/react-router";
import { Film, History, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Project, reaches } from "@/api/types";
import { CollectionsPanel } from "@/features/collections";
import { type AssetFilters, isFiltered } from "./filters";
import styles from "./Library.module.css";

interface LibraryProps {
  project: Project;
  filters: AssetFilters;
}

/** The ways into a project's assets: all of them, collections, the trash, and what happened. */
export function Library({ project, filters }: LibraryProps) {
  const { t } = useTranslation();
  const mayEdit = reaches(project.role, "editor");
  const params = { projectId: project.id };
  return (
    <aside className={styles.library} aria-label={t("library.title")}>
      <nav className={styles.links} aria-label={t("library.title")}>
        <Link
          to="/p/$projectId"
          params={params}
          search={{}}
          aria-current={!isFiltered(filters) && !filters.trashed ? "page" : "false"}
          className={styles.link}
        >
          <Entry icon={<Film />} name={t("library.all")} />
        </Link>
        <Link to="/p/$projectId/activity" params={params} className={styles.link}>
          <Entry icon={<History />} name={t("activity.title")} />
        </Link>
        {mayEdit ? (
          <Link
            to="/p/$projectId"
            params={params}
            search={{ trashed: "true" }}
            aria-current={filters.trashed ? "page" : "false"}
            className={styles.link}
          >
            <Entry icon={<Trash2 />} name={t("library.trash")} />
          </Link>
        ) : null}
      </nav>
      <CollectionsPanel project={project.id} mayEdit={mayEdit} chosen={filters.conditions.collection} />
    </aside>
  );
}

function Entry({ icon, name }: { icon: ReactNode; name: string }) {
  return (
    <>
      <span aria-hidden="true" className={styles.icon}>
        {icon}
      </span>
      {name}
    </>
  );
}
