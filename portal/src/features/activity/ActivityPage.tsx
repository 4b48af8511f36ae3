import { useSuspenseQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { projectQuery } from "@/features/projects";
import { ProjectFrame } from "@/features/projectViews";
import styles from "./Activity.module.css";
import { ActivityFeed } from "./ActivityFeed";

/** Everything that happened in a project. */
export function ActivityPage() {
  const { t } = useTranslation();
  const { projectId } = useParams({ from: "/member/p/$projectId/activity" });
  const { data: project } = useSuspenseQuery(projectQuery(projectId));
  return (
    <ProjectFrame project={project} title={t("activity.title")}>
      <div className={styles.page}>
        <ActivityFeed project={project} />
      </div>
    </ProjectFrame>
  );
}
