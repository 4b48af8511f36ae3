import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ShareCreated } from "@/api/types";
import { Actions, Button, CopyField, Dialog, notifyError } from "@/ui";
import { EXPIRIES, NEW_SHARE, requestOf, type ShareDraft, type ShareTarget } from "./model";
import { createShare, sharesQuery } from "./queries";
import { isShown, ShareForm } from "./ShareForm";
import styles from "./Shares.module.css";

interface ShareDialogProps {
  project: string;
  assets?: readonly string[];
  /** Shared as a whole, instead of assets one by one. */
  collection?: { id: string; name: string };
  isOpen: boolean;
  onClose: () => void;
}

/** Makes a link for people without an account, and shows it this once. */
export function ShareDialog({ project, assets = [], collection, isOpen, onClose }: ShareDialogProps) {
  const { t } = useTranslation();
  const ofAssets = assets.length > 1 ? t("shares.titleMany", { count: assets.length }) : t("shares.title");
  const target = collection ? { project, collection: collection.id } : { project, assets };
  return (
    <Dialog
      title={collection ? t("shares.titleOf", { name: collection.name }) : ofAssets}
      isOpen={isOpen}
      onClose={onClose}
    >
      <ShareSteps target={target} onClose={onClose} />
    </Dialog>
  );
}

function ShareSteps({ target, onClose }: { target: ShareTarget; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const creation = useMutation({
    mutationFn: (draft: ShareDraft) => createShare(requestOf(draft, target, Date.now())),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: sharesQuery(target.project).queryKey }),
    onError: (error) => {
      if (!isShown(error)) notifyError(t("ui.notDone"), error);
    },
  });
  if (creation.data) return <ShareReady share={creation.data} onClose={onClose} />;
  return (
    <ShareForm
      start={NEW_SHARE}
      expiries={EXPIRIES.map((value) => ({ value, label: t(`shares.expiry.${value}`) }))}
      action={t("shares.create")}
      isPending={creation.isPending}
      error={creation.error}
      onSubmit={(draft) => creation.mutate(draft)}
      onClose={onClose}
    />
  );
}

function ShareReady({ share, onClose }: { share: ShareCreated; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <div role="status" data-once>
        <h3>{t("shares.ready")}</h3>
        <p className={styles.hint}>
          {t("shares.readyText")} {share.has_password ? t("shares.readyPassword") : null}
        </p>
      </div>
      <CopyField label={t("shares.link")} value={share.url} />
      <Actions>
        <Button onPress={onClose}>{t("shares.done")}</Button>
      </Actions>
    </>
  );
}
