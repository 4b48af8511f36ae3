import { Link, useNavigate } from "@tanstack/react-router";
import { ChartColumnStacked, FolderSync, ListPlus, Settings } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Organization } from "@/api/types";
import { ProjectsCrumb } from "@/features/projects";
import { Page, pageStyles, Select, TabBar, TabName } from "@/ui";
import { useAdministered } from "./useAdministered";

interface AdminPageProps {
  /** Where the page is, for those who administer several organisations. */
  path: "/settings" | "/fields" | "/mirrors" | "/storage";
  organization: Organization;
  title: string;
  intro: string;
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of every page on which an organisation is administered: which one, the other pages, what can be done. */
export function AdminPage({ path, organization, title, intro, actions, children }: AdminPageProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { all } = useAdministered();
  return (
    <Page
      title={title}
      crumb={<ProjectsCrumb organization={organization.id} />}
      intro={intro}
      tabs={<AdminTabs organization={organization.id} />}
      actions={
        <>
          {all.length > 1 ? (
            <Select
              compact
              label={t("projects.organization")}
              value={organization.id}
              options={all.map(({ id, name }) => ({ value: id, label: name }))}
              onChange={(org) => void navigate({ to: path, search: { org } })}
            />
          ) : null}
          {actions}
        </>
      }
    >
      {children}
    </Page>
  );
}

function AdminTabs({ organization }: { organization: string }) {
  const { t } = useTranslation();
  const link = {
    search: { org: organization },
    activeOptions: { includeSearch: false },
    className: pageStyles.tab,
  };
  return (
    <TabBar label={t("admin.title")}>
      <Link {...link} to="/settings">
        <TabName icon={<Settings />} name={t("settings.title")} />
      </Link>
      <Link {...link} to="/fields">
        <TabName icon={<ListPlus />} name={t("fields.title")} />
      </Link>
      <Link {...link} to="/mirrors">
        <TabName icon={<FolderSync />} name={t("mirrors.title")} />
      </Link>
      <Link {...link} to="/storage">
        <TabName icon={<ChartColumnStacked />} name={t("ledger.title")} />
      </Link>
    </TabBar>
  );
}
