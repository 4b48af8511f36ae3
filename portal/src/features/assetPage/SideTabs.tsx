import type { ReactNode } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { classNames } from "@/ui";
import styles from "./AssetPage.module.css";

interface SideTabsProps {
  comments: ReactNode;
  details: ReactNode;
}

/** Comments and facts side by side; the comments stay alive while the facts are looked at. */
export function SideTabs({ comments, details }: SideTabsProps) {
  const { t } = useTranslation();
  return (
    <Tabs className={styles.tabPanel ?? ""}>
      <TabList aria-label={t("review.details")} className={styles.tabs ?? ""}>
        <Tab id="comments" className={styles.tab ?? ""}>
          {t("review.comments")}
        </Tab>
        <Tab id="details" className={styles.tab ?? ""}>
          {t("review.details")}
        </Tab>
      </TabList>
      <TabPanel id="comments" className={styles.tabPanel ?? ""} shouldForceMount>
        {comments}
      </TabPanel>
      <TabPanel id="details" className={classNames(styles.tabPanel, styles.scroll)}>
        {details}
      </TabPanel>
    </Tabs>
  );
}
