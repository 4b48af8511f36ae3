import { Link } from "@tanstack/react-router";
import { Film, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Project, reaches } from "@/api/types";
import { CollectionsPanel } from "@/features/collections";
import { HoldControl } from "@/features/holds";
import { SavedSearches } from "@/features/searches";
import { sideStyles } from "@/ui";
import styles from "./Library.module.css";

/** The ways into the list of a project's assets: all of them, the trash, collections, saved searches. */
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
          className={sideStyles.link}
        >
          <Film aria-hidden="true" />
          {t("library.all")}
        </Link>
        {mayEdit ? (
          <Link
            to="/p/$projectId"
            params={params}
            search={{ trashed: "only" }}
            activeOptions={{ includeSearch: true }}
            className={sideStyles.link}
          >
            <Trash2 aria-hidden="true" />
            {t("library.trash")}
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
