import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { EllipsisVertical, Pause, Pencil, Play, RefreshCw, Trash2 } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Mirror } from "@/api/types";
import { followedJobQuery, hasEnded } from "@/features/bulk";
import { Badge, formatDateTime, IconButton, Menu, MenuItem, notifyError, Progress } from "@/ui";
import styles from "./Mirrors.module.css";
import { changeMirror, mirrorsKey, rebuildMirror } from "./queries";

interface MirrorCardProps {
  mirror: Mirror;
  /** The name of the project that it follows; none where it follows them all. */
  project: string | undefined;
  onEdit: () => void;
  onDelete: () => void;
}

/** What a mirror follows, where it lies, and how it is doing. */
export function MirrorCard({ mirror, project, onEdit, onDelete }: MirrorCardProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const options = {
    onSuccess: () => queryClient.invalidateQueries({ queryKey: mirrorsKey(mirror.organization) }),
    onError: (error: Error) => notifyError(t("ui.notDone"), error),
  };
  const rebuilding = useMutation({ mutationFn: () => rebuildMirror(mirror.id), ...options });
  const switching = useMutation({
    mutationFn: () => changeMirror(mirror.id, { is_on: !mirror.is_on }),
    ...options,
  });
  const actions = t("collections.actions", { name: mirror.name });
  return (
    <li className={styles.mirror}>
      <header className={styles.mirrorHead}>
        <h2>{mirror.name}</h2>
        <State mirror={mirror} />
        <Menu
          label={actions}
          placement="bottom end"
          trigger={
            <IconButton label={actions} size="small">
              <EllipsisVertical />
            </IconButton>
          }
        >
          <MenuItem label={t("ui.edit")} icon={<Pencil />} onAction={onEdit} />
          <MenuItem
            label={t("mirrors.rebuild")}
            icon={<RefreshCw />}
            isDisabled={!mirror.is_on}
            onAction={() => rebuilding.mutate()}
          />
          <MenuItem
            label={mirror.is_on ? t("mirrors.pause") : t("mirrors.resume")}
            icon={mirror.is_on ? <Pause /> : <Play />}
            onAction={() => switching.mutate()}
          />
          <MenuItem label={t("ui.delete")} icon={<Trash2 />} danger onAction={onDelete} />
        </Menu>
      </header>
      <p className={`${styles.template} mono`}>{mirror.template}</p>
      <p className={styles.hint}>
        {[
          mirror.project === null ? t("mirrors.everything") : (project ?? "…"),
          t(`mirrors.contents.${mirror.content}`),
          mirror.root === null ? t("mirrors.inStore") : t("mirrors.inRoot", { root: mirror.root }),
        ].join(" · ")}
      </p>
      {mirror.fault ? (
        <p role="alert" className={styles.fault}>
          {mirror.fault}
        </p>
      ) : null}
    </li>
  );
}

function State({ mirror }: { mirror: Mirror }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { data: job } = useQuery({ ...followedJobQuery(mirror.job ?? ""), enabled: mirror.job !== null });
  const isBusy = job !== undefined && !hasEnded(job);
  useEffect(() => {
    if (!isBusy) void queryClient.invalidateQueries({ queryKey: mirrorsKey(mirror.organization) });
  }, [isBusy, queryClient, mirror.organization]);
  if (mirror.fault) return <Badge tone="danger">{t("mirrors.states.fault")}</Badge>;
  if (!mirror.is_on) return <Badge>{t("mirrors.states.off")}</Badge>;
  if (isBusy) {
    return (
      <span className={styles.busy}>
        {t("mirrors.states.busy")}
        <Progress label={t("mirrors.states.busy")} value={job.progress > 0 ? job.progress : undefined} />
      </span>
    );
  }
  return (
    <Badge tone="ok">
      {mirror.built_at
        ? t("mirrors.states.built", { time: formatDateTime(mirror.built_at) })
        : t("mirrors.states.waiting")}
    </Badge>
  );
}
