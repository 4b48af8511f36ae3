import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Project } from "@/api/types";
import { usePageTitle } from "@/ui";
import { ProjectTabs } from "./ProjectTabs";
import styles from "./ProjectViews.module.css";
import { useViewFeed } from "./useViewFeed";

interface ProjectFrameProps {
  project: Project;
  /** What is looked at, for the title of the window. */
  title: string;
  /** What can be done here, beside the project's name. */
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of every view of a project but the list of its assets: where one is, the other views, the page. */
export function ProjectFrame({ project, title, actions, children }: ProjectFrameProps) {
  const { t } = useTranslation();
  usePageTitle(`${title} · ${project.name}`);
  useViewFeed(project.id);
  return (
    <>
      <header className={styles.bar}>
        <div className={styles.heading}>
          <Link to="/" search={{ org: project.organization, client: undefined }} className={styles.crumb}>
            {t("app.projects")}
          </Link>
          <h1>{project.name}</h1>
        </div>
        {actions}
      </header>
      <ProjectTabs projectId={project.id} />
      <div className={styles.page}>
        <h2 className="visually-hidden">{title}</h2>
        {children}
      </div>
    </>
  );
}
