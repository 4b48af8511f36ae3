import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { Camera, EllipsisVertical, MapPin, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { assetsKey } from "@/api/keys";
import { type Project, reaches, type Shoot } from "@/api/types";
import { projectQuery } from "@/features/projects";
import { AssetStrip, ProjectFrame } from "@/features/projectViews";
import {
  Button,
  ConfirmDialog,
  EmptyState,
  ErrorState,
  formatDate,
  IconButton,
  Menu,
  MenuItem,
  notify,
  notifyError,
  Skeleton,
} from "@/ui";
import { positionOf } from "./model";
import { Proposals } from "./Proposals";
import { COVERS, deleteShoot, shootsQuery } from "./queries";
import { type Named, ShootDialog } from "./ShootDialog";
import styles from "./Shoots.module.css";

/** A project's shoots, and what may be some. */
export function ShootsPage() {
  const { t } = useTranslation();
  const { projectId } = useParams({ from: "/member/p/$projectId/shoots" });
  const { data: project } = useSuspenseQuery(projectQuery(projectId));
  const shoots = useQuery(shootsQuery(project.id));
  const [named, setNamed] = useState<Named | null>(null);
  const [doomed, setDoomed] = useState<Shoot | null>(null);
  const mayEdit = reaches(project.role, "editor");
  return (
    <ProjectFrame
      project={project}
      title={t("views.shoots")}
      actions={
        mayEdit ? (
          <Button look="primary" onPress={() => setNamed({ kind: "new" })}>
            <Plus />
            {t("shoots.new")}
          </Button>
        ) : null
      }
    >
      {mayEdit ? (
        <Proposals project={project} onAccept={(proposal) => setNamed({ kind: "proposal", proposal })} />
      ) : null}
      {shoots.isPending ? <Skeleton className={styles.skeleton} /> : null}
      {shoots.isError ? <ErrorState error={shoots.error} onRetry={() => void shoots.refetch()} /> : null}
      {shoots.data?.length === 0 ? <EmptyState icon={<Camera />} text={t("shoots.empty")} /> : null}
      <ul className={styles.cards} aria-label={t("views.shoots")}>
        {(shoots.data ?? []).map((shoot) => (
          <ShootCard
            key={shoot.id}
            project={project}
            shoot={shoot}
            mayEdit={mayEdit}
            onEdit={() => setNamed({ kind: "shoot", shoot })}
            onDelete={() => setDoomed(shoot)}
          />
        ))}
      </ul>
      <ShootDialog project={project.id} named={named} onClose={() => setNamed(null)} />
      <Deletion shoot={doomed} onClose={() => setDoomed(null)} />
    </ProjectFrame>
  );
}

interface ShootCardProps {
  project: Project;
  shoot: Shoot;
  mayEdit: boolean;
  onEdit: () => void;
  onDelete: () => void;
}

function ShootCard({ project, shoot, mayEdit, onEdit, onDelete }: ShootCardProps) {
  const { t } = useTranslation();
  const place = [shoot.place, positionOf(shoot)].filter(Boolean).join(" · ");
  return (
    <li className={styles.shoot}>
      <AssetStrip
        covers
        label={t("shoots.picturesOf", { name: shoot.name })}
        project={project.id}
        conditions={{ shoot: shoot.id, sort: "captured_at" }}
        most={COVERS}
      />
      <div className={styles.facts}>
        <Link
          to="/p/$projectId"
          params={{ projectId: project.id }}
          search={{ shoot: shoot.id }}
          className={styles.name}
        >
          {shoot.name}
        </Link>
        {shoot.date ? <span>{formatDate(`${shoot.date}T12:00:00`)}</span> : null}
        {place ? (
          <span className={styles.place}>
            <MapPin aria-hidden="true" />
            {place}
          </span>
        ) : null}
        <span>{t("folders.assets", { count: shoot.asset_count })}</span>
      </div>
      {mayEdit ? (
        <Menu
          label={t("collections.actions", { name: shoot.name })}
          placement="bottom end"
          trigger={
            <IconButton
              label={t("collections.actions", { name: shoot.name })}
              size="small"
              className={styles.more}
            >
              <EllipsisVertical />
            </IconButton>
          }
        >
          <MenuItem label={t("ui.edit")} icon={<Pencil />} onAction={onEdit} />
          <MenuItem label={t("ui.delete")} icon={<Trash2 />} danger onAction={onDelete} />
        </Menu>
      ) : null}
    </li>
  );
}

function Deletion({ shoot, onClose }: { shoot: Shoot | null; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const deletion = useMutation({
    mutationFn: (doomed: Shoot) => deleteShoot(doomed.id),
    onSuccess: async (_answer, doomed) => {
      notify(t("collections.deleted", { name: doomed.name }));
      onClose();
      await queryClient.invalidateQueries({ queryKey: assetsKey(doomed.project) });
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
  return (
    <ConfirmDialog
      title={t("collections.deleteTitle", { name: shoot?.name ?? "" })}
      text={t("shoots.deleteAsk")}
      action={t("ui.delete")}
      isOpen={shoot !== null}
      isPending={deletion.isPending}
      onConfirm={() => shoot && deletion.mutate(shoot)}
      onClose={onClose}
    />
  );
}
