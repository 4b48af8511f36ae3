import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FolderSync, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Mirror, Organization } from "@/api/types";
import { AdminPage, ForAdmins } from "@/features/admin";
import { projectsQuery } from "@/features/projects";
import { Button, ConfirmDialog, EmptyState, ErrorState, notify, notifyError, Skeleton } from "@/ui";
import { MirrorCard } from "./MirrorCard";
import { MirrorDialog } from "./MirrorDialog";
import styles from "./Mirrors.module.css";
import { deleteMirror, mirrorsKey, mirrorsQuery } from "./queries";

/** Where administrators say which trees of files follow the catalogue. */
export function MirrorsPage() {
  const { t } = useTranslation();
  return (
    <ForAdmins title={t("mirrors.title")} refusal={t("mirrors.adminsOnly")}>
      {(organization) => <MirrorsOf organization={organization} />}
    </ForAdmins>
  );
}

function MirrorsOf({ organization }: { organization: Organization }) {
  const { t } = useTranslation();
  const mirrors = useQuery(mirrorsQuery(organization.id));
  const { data: projects = [] } = useQuery(projectsQuery(organization.id, undefined));
  const [edited, setEdited] = useState<Mirror | "new" | null>(null);
  const [doomed, setDoomed] = useState<Mirror | null>(null);
  return (
    <AdminPage
      path="/mirrors"
      organization={organization}
      title={t("mirrors.title")}
      intro={t("mirrors.intro")}
      actions={
        <Button look="primary" onPress={() => setEdited("new")}>
          <Plus />
          {t("mirrors.new")}
        </Button>
      }
    >
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
    </AdminPage>
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
