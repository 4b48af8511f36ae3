import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { FolderSync, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Mirror, Organization } from "@/api/types";
import { useMe } from "@/features/auth";
import { projectsQuery } from "@/features/projects";
import {
  Button,
  ConfirmDialog,
  EmptyState,
  ErrorState,
  notify,
  notifyError,
  Select,
  Skeleton,
  usePageTitle,
} from "@/ui";
import { MirrorCard } from "./MirrorCard";
import { MirrorDialog } from "./MirrorDialog";
import styles from "./Mirrors.module.css";
import { deleteMirror, mirrorsKey, mirrorsQuery } from "./queries";

/** Where administrators say which trees of files follow the catalogue. */
export function MirrorsPage() {
  const { t } = useTranslation();
  const me = useMe();
  usePageTitle(t("mirrors.title"));
  const { org } = useSearch({ from: "/member/mirrors" });
  const administered = me.organizations.filter(({ role }) => role === "admin");
  const organization = administered.find(({ id }) => id === org) ?? administered[0];
  if (!organization) return <EmptyState icon={<FolderSync />} text={t("mirrors.adminsOnly")} />;
  return <MirrorsOf organization={organization} organizations={administered} />;
}

interface MirrorsOfProps {
  organization: Organization;
  organizations: readonly Organization[];
}

function MirrorsOf({ organization, organizations }: MirrorsOfProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const mirrors = useQuery(mirrorsQuery(organization.id));
  const { data: projects = [] } = useQuery(projectsQuery(organization.id, undefined));
  const [edited, setEdited] = useState<Mirror | "new" | null>(null);
  const [doomed, setDoomed] = useState<Mirror | null>(null);
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div className={styles.heading}>
          <Link to="/" search={{ org: organization.id, client: undefined }} className={styles.crumb}>
            {t("app.projects")}
          </Link>
          <h1>{t("mirrors.title")}</h1>
        </div>
        {organizations.length > 1 ? (
          <Select
            compact
            label={t("projects.organization")}
            value={organization.id}
            options={organizations.map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(id) => void navigate({ to: "/mirrors", search: { org: id } })}
          />
        ) : null}
        <Button look="primary" onPress={() => setEdited("new")}>
          <Plus />
          {t("mirrors.new")}
        </Button>
      </header>
      <p className={styles.hint}>{t("mirrors.intro")}</p>
      {mirrors.isPending ? <Skeleton className={styles.skeleton} /> : null}
      {mirrors.isError ? <ErrorState error={mirrors.error} onRetry={() => void mirrors.refetch()} /> : null}
      {mirrors.data?.length === 0 ? <EmptyState icon={<FolderSync />} text={t("mirrors.empty")} /> : null}
      <ul className={styles.mirrors} aria-label={t("mirrors.title")}>
        {(mirrors.data ?? []).map((mirror) => (
          <MirrorCard
            key={mirror.id}
            mirror={mirror}
            project={projects.find(({ id }) => id === mirror.project)?.name}
            onEdit={() => setEdited(mirror)}
            onDelete={() => setDoomed(mirror)}
          />
        ))}
      </ul>
      <MirrorDialog
        organization={organization}
        projects={projects}
        mirror={edited}
        onClose={() => setEdited(null)}
      />
      <Deletion mirror={doomed} onClose={() => setDoomed(null)} />
    </div>
  );
}

function Deletion({ mirror, onClose }: { mirror: Mirror | null; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const deletion = useMutation({
    mutationFn: (doomed: Mirror) => deleteMirror(doomed.id),
    onSuccess: async (_answer, doomed) => {
      notify(t("collections.deleted", { name: doomed.name }));
      onClose();
      await queryClient.invalidateQueries({ queryKey: mirrorsKey(doomed.organization) });
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
  return (
    <ConfirmDialog
      title={t("collections.deleteTitle", { name: mirror?.name ?? "" })}
      text={t("mirrors.deleteAsk")}
      action={t("ui.delete")}
      isOpen={mirror !== null}
      isPending={deletion.isPending}
      onConfirm={() => mirror && deletion.mutate(mirror)}
      onClose={onClose}
    />
  );
}
