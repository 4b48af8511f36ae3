import { Link } from "@tanstack/react-router";
import { CopyCheck, Film, History, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Project, reaches } from "@/api/types";
import { CollectionsPanel } from "@/features/collections";
import { HoldControl } from "@/features/holds";
import { SavedSearches } from "@/features/searches";
import styles from "./Library.module.css";

/** The ways into a project's assets: all of them, collections, the trash, and what happened. */
export function Library({ project }: { project: Project }) {
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
          activeOptions={{ exact: true, includeSearch: true }}
          className={styles.link}
        >
          <Entry icon={<Film />} name={t("library.all")} />
        </Link>
        <Link to="/p/$projectId/activity" params={params} className={styles.link}>
          <Entry icon={<History />} name={t("activity.title")} />
        </Link>
        <Link to="/p/$projectId/duplicates" params={params} className={styles.link}>
          <Entry icon={<CopyCheck />} name={t("duplicates.title")} />
        </Link>
        {mayEdit ? (
          <Link
            to="/p/$projectId"
            params={params}
            search={{ trashed: "only" }}
            activeOptions={{ includeSearch: true }}
            className={styles.link}
          >
            <Entry icon={<Trash2 />} name={t("library.trash")} />
          </Link>
        ) : null}
      </nav>
      <CollectionsPanel project={project.id} mayEdit={mayEdit} />
      <SavedSearches project={project} />
      <div className={styles.foot}>
        <HoldControl place={{ kind: "project", id: project.id }} isAdmin={reaches(project.role, "admin")} />
      </div>
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
