import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, fieldErrors } from "@/api/errors";
import type { Share } from "@/api/types";
import { Actions, Button, Checkbox, Form, type Option, Select, TextField } from "@/ui";
import { type Expiry, POSITIONS, type ShareDraft } from "./model";
import styles from "./Shares.module.css";

const SHOWN_FIELDS = ["name", "password", "expires_at", "max_views", "watermark.text"] as const;

/** Whether the form shows what went wrong beside one of its fields. */
export function isShown(error: Error): boolean {
  return error instanceof ApiError && SHOWN_FIELDS.some((field) => error.fields[field]);
}

interface ShareFormProps {
  start: ShareDraft;
  /** When it may end. */
  expiries: readonly Option<Expiry>[];
  /** The link that is changed; left out for a new one. */
  share?: Share;
  /** What the button says. */
  action: string;
  isPending: boolean;
  error: Error | null;
  onSubmit: (draft: ShareDraft) => void;
  onClose: () => void;
}

/** What a link shows, to whom, and for how long. */
export function ShareForm(props: ShareFormProps) {
  const { start, expiries, share, action, isPending, error, onSubmit, onClose } = props;
  const { t } = useTranslation();
  const [draft, setDraft] = useState(start);
  const set = (change: Partial<ShareDraft>): void => setDraft((before) => ({ ...before, ...change }));
  return (
    <Form isPending={isPending} onSubmit={() => onSubmit(draft)}>
      {share ? null : <p className={styles.hint}>{t("shares.linkFor")}</p>}
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
        description={t(share?.has_password ? "shares.passwordKept" : "shares.passwordHint")}
        type="password"
        autoComplete="new-password"
        isDisabled={draft.dropsPassword}
        value={draft.password}
        onChange={(password) => set({ password })}
        errors={fieldErrors(error, "password")}
      />
      {share?.has_password ? (
        <Checkbox isSelected={draft.dropsPassword} onChange={(dropsPassword) => set({ dropsPassword })}>
          {t("shares.dropPassword")}
        </Checkbox>
      ) : null}
      <div className={styles.pair}>
        <Select
          label={t("shares.expires")}
          options={expiries}
          value={draft.expiry}
          onChange={(expiry) => set({ expiry })}
          errors={fieldErrors(error, "expires_at")}
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
        {share ? null : (
          <Checkbox
            isSelected={draft.frozen}
            onChange={(frozen) => set({ frozen })}
            description={t("shares.frozenHint")}
          >
            {t("shares.frozen")}
          </Checkbox>
        )}
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
          {action}
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
