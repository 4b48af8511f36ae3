import type { ReactNode } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { classNames } from "@/ui";
import styles from "./AssetPage.module.css";

export type SideTab = "comments" | "details" | "versions" | "activity";

interface SideTabsProps {
  /** Kept by the page: it outlives a change of version. */
  tab: SideTab;
  onTab: (tab: SideTab) => void;
  comments: ReactNode;
  details: ReactNode;
  versions: ReactNode;
  activity: ReactNode;
}

const TABS: readonly SideTab[] = ["comments", "details", "versions", "activity"];

/** Comments and facts side by side; the comments stay alive while the facts are looked at. */
export function SideTabs({ tab, onTab, comments, details, versions, activity }: SideTabsProps) {
  const { t } = useTranslation();
  return (
    <Tabs
      selectedKey={tab}
      onSelectionChange={(key) => onTab(TABS.find((known) => known === key) ?? "comments")}
      className={styles.tabPanel ?? ""}
    >
      <TabList aria-label={t("review.details")} className={styles.tabs ?? ""}>
        <Tab id="comments" className={styles.tab ?? ""}>
          {t("review.comments")}
        </Tab>
        <Tab id="details" className={styles.tab ?? ""}>
          {t("review.details")}
        </Tab>
        <Tab id="versions" className={styles.tab ?? ""}>
          {t("review.versions")}
        </Tab>
        <Tab id="activity" className={styles.tab ?? ""}>
          {t("activity.title")}
        </Tab>
      </TabList>
      <TabPanel id="comments" className={styles.tabPanel ?? ""} shouldForceMount>
        {comments}
      </TabPanel>
      <TabPanel id="details" className={classNames(styles.tabPanel, styles.scroll)}>
        {details}
      </TabPanel>
      <TabPanel id="versions" className={classNames(styles.tabPanel, styles.scroll)}>
        {versions}
      </TabPanel>
      <TabPanel id="activity" className={classNames(styles.tabPanel, styles.scroll)}>
        {activity}
      </TabPanel>
    </Tabs>
  );
}
