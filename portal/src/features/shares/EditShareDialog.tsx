import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Share } from "@/api/types";
import { Dialog, ErrorState, formatDate, notify, notifyError, type Option, Skeleton } from "@/ui";
import { changeOf, draftOf, EXPIRIES, type Expiry, type ShareDraft } from "./model";
import { changeShare, type HeldShare, heldShareQuery, sharesQuery } from "./queries";
import { isShown, ShareForm } from "./ShareForm";
import styles from "./Shares.module.css";

interface EditShareDialogProps {
  /** The link; null while nobody changes one. */
  share: Share | null;
  onClose: () => void;
}

/** Changes the terms of a link that is out already; the link stays the same. */
export function EditShareDialog({ share, onClose }: EditShareDialogProps) {
  const { t } = useTranslation();
  const name = share?.name || t("shares.untitled");
  return (
    <Dialog title={t("shares.editTitle", { name })} isOpen={share !== null} onClose={onClose}>
      {share ? <Reading id={share.id} onClose={onClose} /> : null}
    </Dialog>
  );
}

function Reading({ id, onClose }: { id: string; onClose: () => void }) {
  const held = useQuery(heldShareQuery(id));
  if (held.isError) return <ErrorState error={held.error} onRetry={() => void held.refetch()} />;
  if (held.isPending) return <Skeleton className={styles.skeleton} />;
  return <Editing held={held.data} onClose={onClose} />;
}

function Editing({ held, onClose }: { held: HeldShare; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { share } = held;
  const saving = useMutation({
    mutationFn: (draft: ShareDraft) => changeShare(held, changeOf(draft, share, Date.now())),
    onSuccess: async () => {
      notify(t("shares.changed"));
      onClose();
      await queryClient.invalidateQueries({ queryKey: sharesQuery(share.project).queryKey });
    },
    onError: (error) => {
      if (!isShown(error)) notifyError(t("ui.notDone"), error);
    },
  });
  const kept: Option<Expiry> = {
    value: "kept",
    label: share.expires_at ? formatDate(share.expires_at) : t("shares.expiry.never"),
  };
  const others = EXPIRIES.filter((expiry) => expiry !== "never" || share.expires_at !== null);
  return (
    <ShareForm
      start={draftOf(share)}
      expiries={[kept, ...others.map((value) => ({ value, label: t(`shares.expiry.${value}`) }))]}
      share={share}
      action={t("ui.save")}
      isPending={saving.isPending}
      error={saving.error}
      onSubmit={(draft) => saving.mutate(draft)}
      onClose={onClose}
    />
  );
}
