import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Project } from "@/api/types";
import { Badge, formatDate } from "@/ui";
import styles from "./ProjectsPage.module.css";

export function ProjectCard({ project }: { project: Project }) {
  const { t } = useTranslation();
  return (
    <Link to="/p/$projectId" params={{ projectId: project.id }} className={styles.card}>
      <span
        aria-hidden="true"
        className={styles.mark}
        style={{ background: `oklch(0.74 0.075 ${hueOf(project.id)})` }}
      >
        {[...project.name].slice(0, 2).join("").toUpperCase()}
      </span>
      <h2 className={styles.name}>{project.name}</h2>
      <p className={styles.facts}>
        <Badge>{t(`projects.role.${project.role}`)}</Badge>
        {project.created_at ? (
          <span>{t("projects.since", { date: formatDate(project.created_at) })}</span>
        ) : null}
      </p>
    </Link>
  );
}

/** A colour of its own for each project, the same every time. */
function hueOf(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 33 + (letter.codePointAt(0) ?? 0)) % 3600;
  return sum / 10;
}
