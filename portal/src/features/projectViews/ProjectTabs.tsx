import { Link } from "@tanstack/react-router";
import { CalendarDays, Camera, CopyCheck, Film, FolderTree, History, Tags } from "lucide-react";
import { useTranslation } from "react-i18next";
import { pageStyles, TabBar, TabName } from "@/ui";
import styles from "./ProjectViews.module.css";

/** The ways to look at a project, on every page of it. */
export function ProjectTabs({ projectId }: { projectId: string }) {
  const { t } = useTranslation();
  const link = { params: { projectId }, className: pageStyles.tab };
  return (
    <TabBar label={t("views.title")} className={styles.tabs}>
      <Link
        {...link}
        to="/p/$projectId"
        search={{}}
        activeOptions={{ exact: true, includeSearch: false, explicitUndefined: false }}
      >
        <TabName icon={<Film />} name={t("views.assets")} />
      </Link>
      <Link {...link} to="/p/$projectId/folders" search={{ path: undefined }} activeOptions={ANYWHERE}>
        <TabName icon={<FolderTree />} name={t("views.folders")} />
      </Link>
      <Link {...link} to="/p/$projectId/shoots">
        <TabName icon={<Camera />} name={t("views.shoots")} />
      </Link>
      <Link {...link} to="/p/$projectId/months">
        <TabName icon={<CalendarDays />} name={t("views.months")} />
      </Link>
      <Link {...link} to="/p/$projectId/tags">
        <TabName icon={<Tags />} name={t("tags.title")} />
      </Link>
      <Link {...link} to="/p/$projectId/duplicates">
        <TabName icon={<CopyCheck />} name={t("duplicates.title")} />
      </Link>
      <Link {...link} to="/p/$projectId/activity">
        <TabName icon={<History />} name={t("activity.title")} />
      </Link>
    </TabBar>
  );
}

/** A tab stays marked however deep its page goes. */
const ANYWHERE = { includeSearch: false } as const;
