import { Link } from "@tanstack/react-router";
import { CalendarDays, Camera, CopyCheck, Film, FolderTree, History, Tags } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import styles from "./ProjectViews.module.css";

/** The ways to look at a project, on every page of it. */
export function ProjectTabs({ projectId }: { projectId: string }) {
  const { t } = useTranslation();
  const link = { params: { projectId }, className: styles.tab };
  const bar = useRef<HTMLElement>(null);
  // On a narrow screen the tab of this page may lie outside the bar.
  useEffect(() => {
    bar.current
      ?.querySelector('[aria-current="page"]')
      ?.scrollIntoView({ block: "nearest", inline: "center" });
  }, []);
  return (
    <nav ref={bar} className={styles.tabs} aria-label={t("views.title")}>
      <Link
        {...link}
        to="/p/$projectId"
        search={{}}
        activeOptions={{ exact: true, includeSearch: false, explicitUndefined: false }}
      >
        <Tab icon={<Film />} name={t("views.assets")} />
      </Link>
      <Link {...link} to="/p/$projectId/folders" search={{ path: undefined }} activeOptions={ANYWHERE}>
        <Tab icon={<FolderTree />} name={t("views.folders")} />
      </Link>
      <Link {...link} to="/p/$projectId/shoots">
        <Tab icon={<Camera />} name={t("views.shoots")} />
      </Link>
      <Link {...link} to="/p/$projectId/months">
        <Tab icon={<CalendarDays />} name={t("views.months")} />
      </Link>
      <Link {...link} to="/p/$projectId/tags">
        <Tab icon={<Tags />} name={t("tags.title")} />
      </Link>
      <Link {...link} to="/p/$projectId/duplicates">
        <Tab icon={<CopyCheck />} name={t("duplicates.title")} />
      </Link>
      <Link {...link} to="/p/$projectId/activity">
        <Tab icon={<History />} name={t("activity.title")} />
      </Link>
    </nav>
  );
}

/** A tab stays marked however deep its page goes. */
const ANYWHERE = { includeSearch: false } as const;

function Tab({ icon, name }: { icon: ReactNode; name: string }) {
  return (
    <>
      <span aria-hidden="true" className={styles.icon}>
        {icon}
      </span>
      {name}
    </>
  );
}
