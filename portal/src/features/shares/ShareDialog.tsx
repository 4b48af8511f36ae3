import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, fieldErrors } from "@/api/errors";
import type { ShareCreated } from "@/api/types";
import { Actions, Button, Checkbox, CopyField, Dialog, Form, notifyError, Select, TextField } from "@/ui";
import { EXPIRIES, NEW_SHARE, POSITIONS, requestOf, type ShareDraft, type ShareTarget } from "./model";
import { createShare, sharesQuery } from "./queries";
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
      const shown = error instanceof ApiError && SHOWN_FIELDS.some((field) => error.fields[field]);
      if (!shown) notifyError(t("ui.notDone"), error);
    },
  });
  if (creation.data) return <ShareReady share={creation.data} onClose={onClose} />;
  return (
    <ShareForm
      isPending={creation.isPending}
      error={creation.error}
      onSubmit={(draft) => creation.mutate(draft)}
      onClose={onClose}
    />
  );
}

const SHOWN_FIELDS = ["name", "password", "max_views", "watermark.text"] as const;

interface ShareFormProps {
  isPending: boolean;
  error: Error | null;
  onSubmit: (draft: ShareDraft) => void;
  onClose: () => void;
}

function ShareForm({ isPending, error, onSubmit, onClose }: ShareFormProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(NEW_SHARE);
  const set = (change: Partial<ShareDraft>): void => setDraft((before) => ({ ...before, ...change }));
  return (
    <Form isPending={isPending} onSubmit={() => onSubmit(draft)}>
      <p className={styles.hint}>{t("shares.linkFor")}</p>
      <TextField
        label={t("shares.name")}
        placeholder={t("shares.namePlaceholder")}
        value={draft.name}
        onChange={(name) => set({ name })}
        errors={fieldErrors(error, "name")}
        maxLength={200}
        autoFocus
      />
      <TextField
        label={t("shares.password")}
        description={t("shares.passwordHint")}
        type="password"
        autoComplete="new-password"
        value={draft.password}
        onChange={(password) => set({ password })}
        errors={fieldErrors(error, "password")}
      />
      <div className={styles.pair}>
        <Select
          label={t("shares.expires")}
          options={EXPIRIES.map((expiry) => ({ value: expiry, label: t(`shares.expiry.${expiry}`) }))}
          value={draft.expiry}
          onChange={(expiry) => set({ expiry })}
        />
        <TextField
          label={t("shares.maxViews")}
          description={t("shares.maxViewsHint")}
          type="number"
          min={1}
          value={draft.maxViews}
          onChange={(maxViews) => set({ maxViews })}
          errors={fieldErrors(error, "max_views")}
        />
      </div>
      <div className={styles.checks}>
        <Checkbox isSelected={draft.allowComments} onChange={(allowComments) => set({ allowComments })}>
          {t("shares.allowComments")}
        </Checkbox>
        <Checkbox isSelected={draft.allowDownload} onChange={(allowDownload) => set({ allowDownload })}>
          {t("shares.allowDownload")}
        </Checkbox>
        <Checkbox
          isSelected={draft.frozen}
          onChange={(frozen) => set({ frozen })}
          description={t("shares.frozenHint")}
        >
          {t("shares.frozen")}
        </Checkbox>
        <Checkbox
          isSelected={draft.watermark}
          onChange={(watermark) => set({ watermark })}
          description={t("shares.watermarkHint")}
        >
          {t("shares.watermark")}
        </Checkbox>
      </div>
      {draft.watermark ? <WatermarkFields draft={draft} error={error} set={set} /> : null}
      <Actions>
        <Button onPress={onClose}>{t("ui.cancel")}</Button>
        <Button type="submit" look="primary" isPending={isPending}>
          {t("shares.create")}
        </Button>
      </Actions>
    </Form>
  );
}

interface WatermarkFieldsProps {
  draft: ShareDraft;
  error: Error | null;
  set: (change: Partial<ShareDraft>) => void;
}

function WatermarkFields({ draft, error, set }: WatermarkFieldsProps) {
  const { t } = useTranslation();
  return (
    <fieldset className={styles.watermark}>
      <legend>{t("shares.withWatermark")}</legend>
      <TextField
        label={t("shares.watermarkText")}
        description={t("shares.watermarkTextHint")}
        value={draft.watermarkText}
        onChange={(watermarkText) => set({ watermarkText })}
        errors={fieldErrors(error, "watermark.text")}
        maxLength={300}
      />
      <Select
        label={t("shares.watermarkPosition")}
        options={POSITIONS.map((value) => ({ value, label: t(`shares.watermarkPositions.${value}`) }))}
        value={draft.watermarkPosition}
        onChange={(watermarkPosition) => set({ watermarkPosition })}
      />
      <Checkbox
        isSelected={draft.watermarkPerViewer}
        onChange={(watermarkPerViewer) => set({ watermarkPerViewer })}
      >
        {t("shares.watermarkPerViewer")}
      </Checkbox>
    </fieldset>
  );
}

function ShareReady({ share, onClose }: { share: ShareCreated; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <div role="status">
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
