import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { FolderPlus, Plus, Settings } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Organization, Project } from "@/api/types";
import { useMe } from "@/features/auth";
import {
  Button,
  buttonClass,
  EmptyState,
  ErrorState,
  Select,
  Skeleton,
  usePageTitle,
  useShortcuts,
} from "@/ui";
import { CreateProjectDialog } from "./CreateProjectDialog";
import { ProjectCard } from "./ProjectCard";
import styles from "./ProjectsPage.module.css";
import { clientsQuery, projectsQuery } from "./queries";

const ALL = "all";

export function ProjectsPage() {
  const { t } = useTranslation();
  const me = useMe();
  usePageTitle(t("projects.title"));
  const { org } = useSearch({ from: "/member/" });
  const organization = me.organizations.find((candidate) => candidate.id === org) ?? me.organizations[0];
  if (!organization) return <EmptyState icon={<FolderPlus />} text={t("projects.noOrganization")} />;
  return <ProjectsOf organization={organization} organizations={me.organizations} />;
}

interface ProjectsOfProps {
  organization: Organization;
  organizations: readonly Organization[];
}

function ProjectsOf({ organization, organizations }: ProjectsOfProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { client } = useSearch({ from: "/member/" });
  const [creating, setCreating] = useState(false);
  const projects = useQuery(projectsQuery(organization.id, client));
  const clients = useQuery(clientsQuery(organization.id));
  const mayCreate = organization.role === "admin";
  useShortcuts([["n", () => setCreating(true)]], mayCreate);

  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{t("projects.title")}</h1>
        {clients.data && clients.data.length > 0 ? (
          <Select
            compact
            label={t("projects.client")}
            value={client ?? ALL}
            options={[
              { value: ALL, label: t("projects.allClients") },
              ...clients.data.map(({ id, name }) => ({ value: id, label: name })),
            ]}
            onChange={(value) =>
              void navigate({
                to: "/",
                search: { org: organization.id, client: value === ALL ? undefined : value },
              })
            }
          />
        ) : null}
        {organizations.length > 1 ? (
          <Select
            compact
            label={t("projects.organization")}
            value={organization.id}
            options={organizations.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(value) => void navigate({ to: "/", search: { org: value, client: undefined } })}
          />
        ) : null}
        {mayCreate ? (
          <Link to="/settings" search={{ org: organization.id }} className={buttonClass()}>
            <Settings />
            {t("admin.title")}
          </Link>
        ) : null}
        {mayCreate ? (
          <Button look="primary" onPress={() => setCreating(true)}>
            <Plus />
            {t("projects.new")}
          </Button>
        ) : null}
      </header>
      <ProjectGrid
        query={projects}
        mayCreate={mayCreate}
        filtered={client !== undefined}
        onCreate={() => setCreating(true)}
      />
      <CreateProjectDialog
        organization={organization}
        clients={clients.data ?? []}
        client={client}
        isOpen={creating}
        onClose={() => setCreating(false)}
      />
    </div>
  );
}

interface ProjectGridProps {
  query: UseQueryResult<Project[]>;
  mayCreate: boolean;
  filtered: boolean;
  onCreate: () => void;
}

function ProjectGrid({ query, mayCreate, filtered, onCreate }: ProjectGridProps) {
  const { t } = useTranslation();
  if (query.isPending) {
    return (
      <div className={styles.grid} aria-busy="true">
        {["a", "b", "c", "d", "e", "f"].map((key) => (
          <Skeleton key={key} className={styles.skeleton} />
        ))}
      </div>
    );
  }
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data.length === 0) {
    const text = filtered
      ? t("projects.noneForClient")
      : mayCreate
        ? t("projects.empty")
        : t("projects.emptyMember");
    return (
      <EmptyState
        icon={<FolderPlus />}
        text={text}
        action={
          mayCreate ? (
            <Button look="primary" onPress={onCreate}>
              {t("projects.create")}
            </Button>
          ) : undefined
        }
      />
    );
  }
  return (
    <ul className={styles.grid}>
      {query.data.map((project) => (
        <li key={project.id}>
          <ProjectCard project={project} />
        </li>
      ))}
    </ul>
  );
}
