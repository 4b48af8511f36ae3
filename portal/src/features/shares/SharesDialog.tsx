import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Eye, Link2Off, Pencil, Share2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Project, reaches, type Share } from "@/api/types";
import {
  Badge,
  type BadgeTone,
  Button,
  ConfirmDialog,
  Dialog,
  EmptyState,
  ErrorState,
  formatDate,
  notify,
  notifyError,
  Row,
  Rows,
  Skeleton,
} from "@/ui";
import { Accesses } from "./Accesses";
import { EditShareDialog } from "./EditShareDialog";
import { type ShareState, stateOf } from "./model";
import { revokeShare, sharesQuery } from "./queries";
import styles from "./Shares.module.css";

interface SharesDialogProps {
  project: Project;
  isOpen: boolean;
  onClose: () => void;
}

/** Every link into a project, and the way to take one back. */
export function SharesDialog({ project, isOpen, onClose }: SharesDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("shares.listTitle", { project: project.name })} isOpen={isOpen} onClose={onClose} wide>
      <Shares project={project} />
    </Dialog>
  );
}

function Shares({ project }: { project: Project }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const shares = useQuery(sharesQuery(project.id));
  const [asked, setAsked] = useState<Share | null>(null);
  const [seen, setSeen] = useState<Share | null>(null);
  const [edited, setEdited] = useState<Share | null>(null);
  const revocation = useMutation({
    mutationFn: (share: Share) => revokeShare(share.id),
    onSuccess: async () => {
      setAsked(null);
      notify(t("shares.revoked"));
      await queryClient.invalidateQueries({ queryKey: sharesQuery(project.id).queryKey });
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
  if (shares.isPending) return <Skeleton className={styles.skeleton} />;
  if (shares.isError) return <ErrorState error={shares.error} onRetry={() => void shares.refetch()} />;
  if (shares.data.length === 0) return <EmptyState icon={<Share2 />} text={t("shares.empty")} />;
  return (
    <>
      <Rows>
        {shares.data.map((share) => (
          <ShareRow
            key={share.id}
            share={share}
            onEdit={() => setEdited(share)}
            onRevoke={() => setAsked(share)}
            onSee={reaches(project.role, "admin") ? () => setSeen(share) : null}
          />
        ))}
      </Rows>
      <EditShareDialog share={edited} onClose={() => setEdited(null)} />
      <Accesses share={seen} onClose={() => setSeen(null)} />
      <ConfirmDialog
        title={t("shares.revoke")}
        text={t("shares.revokeAsk")}
        action={t("shares.revoke")}
        isOpen={asked !== null}
        isPending={revocation.isPending}
        onConfirm={() => asked && revocation.mutate(asked)}
        onClose={() => setAsked(null)}
      />
    </>
  );
}

const TONES: Readonly<Record<ShareState, BadgeTone>> = { active: "ok", revoked: "danger", expired: "warn" };

interface ShareRowProps {
  share: Share;
  onEdit: () => void;
  onRevoke: () => void;
  /** Shows who came by it; null for whom that is not. */
  onSee: (() => void) | null;
}

function ShareRow({ share, onEdit, onRevoke, onSee }: ShareRowProps) {
  const { t } = useTranslation();
  const name = share.name || t("shares.untitled");
  const state = stateOf(share, Date.now());
  return (
    <Row
      name={name}
      facts={
        <>
          <Badge tone={TONES[state]}>{t(`shares.state.${state}`)}</Badge>
          {share.has_password ? <Badge>{t("shares.withPassword")}</Badge> : null}
          {share.allow_comments ? <Badge>{t("shares.withComments")}</Badge> : null}
          {share.watermark ? <Badge>{t("shares.withWatermark")}</Badge> : null}
          {share.allow_download ? <Badge>{t("shares.withDownload")}</Badge> : null}
          <span>
            {t("shares.created", { date: formatDate(share.created_at) })}
            {share.expires_at ? `, ${t("shares.until", { date: formatDate(share.expires_at) })}` : null}
          </span>
        </>
      }
    >
      {onSee ? (
        <Button size="small" aria-label={t("accesses.open", { name })} onPress={onSee}>
          <Eye />
          {t("accesses.short")}
        </Button>
      ) : null}
      {state === "revoked" ? null : (
        <>
          <Button size="small" aria-label={t("shares.editOf", { name })} onPress={onEdit}>
            <Pencil />
            {t("ui.edit")}
          </Button>
          <Button look="danger" size="small" onPress={onRevoke}>
            <Link2Off />
            {t("shares.revoke")}
          </Button>
        </>
      )}
    </Row>
  );
}
