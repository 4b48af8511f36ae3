import type { ReactNode } from "react";
import type { Project } from "@/api/types";
import { ProjectsCrumb } from "@/features/projects";
import { PageBar, usePageTitle } from "@/ui";
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
  usePageTitle(`${title} · ${project.name}`);
  useViewFeed(project.id);
  return (
    <>
      <PageBar title={project.name} crumb={<ProjectsCrumb organization={project.organization} />}>
        {actions}
      </PageBar>
      <ProjectTabs projectId={project.id} />
      <div className={styles.page}>
        <h2 className="visually-hidden">{title}</h2>
        {children}
      </div>
    </>
  );
}
