import { useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { projectQuery } from "@/features/projects";
import { usePageTitle } from "@/ui";
import styles from "./Activity.module.css";
import { ActivityFeed } from "./ActivityFeed";

/** Everything that happened in a project. */
export function ActivityPage() {
  const { t } = useTranslation();
  const { projectId } = useParams({ from: "/member/p/$projectId/activity" });
  const { data: project } = useSuspenseQuery(projectQuery(projectId));
  usePageTitle(t("activity.titleOf", { project: project.name }));
  return (
    <div className={styles.page}>
      <header>
        <Link to="/p/$projectId" params={{ projectId }} className={styles.crumb}>
          {project.name}
        </Link>
        <h1>{t("activity.title")}</h1>
      </header>
      <ActivityFeed project={project} />
    </div>
  );
}
