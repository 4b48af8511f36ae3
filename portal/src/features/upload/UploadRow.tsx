import { Link } from "@tanstack/react-router";
import { FolderOpen, Pause, Play, RotateCw, X } from "lucide-react";
import { useEffect } from "react";
import { FileTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Button, buttonClass, formatBytes, formatDuration, IconButton, notifyError, Progress } from "@/ui";
import { secondsLeft, type UploadItem } from "@/upload-engine";
import { type ServerStage, useServerStage } from "./serverStage";
import { setTrayOpen } from "./trayState";
import styles from "./UploadTray.module.css";
import { uploads } from "./uploads";

const REMEDIES = [
  "quota-exceeded",
  "digest-mismatch",
  "network",
  "storage",
  "file",
  "forbidden",
  "part-mismatch",
] as const;
type Remedy = (typeof REMEDIES)[number] | "other";

function remedyFor(code: string): Remedy {
  return REMEDIES.find((known) => known === code) ?? "other";
}

/** Stages after which the server has nothing left to do. */
const SETTLED: ReadonlySet<ServerStage["stage"]> = new Set(["ready", "incomplete", "previewFailed"]);

interface UploadRowProps {
  item: UploadItem;
  /** The stage at which the server has nothing left to do, for "clear finished". */
  onSettled: (id: string) => void;
}

export function UploadRow({ item, onSettled }: UploadRowProps) {
  const stage = useServerStage(item.jobId);
  const settled = stage !== null && SETTLED.has(stage.stage);
  useEffect(() => {
    if (settled) onSettled(item.id);
  }, [settled, item.id, onSettled]);
  return (
    <li className={styles.row}>
      <div className={styles.line}>
        <span className={styles.name} title={item.folder ? `${item.folder}/${item.name}` : item.name}>
          {item.name}
        </span>
        <RowActions item={item} stage={stage} />
      </div>
      <RowProgress item={item} stage={stage} />
      <RowFacts item={item} stage={stage} />
      <RowFailure item={item} stage={stage} />
    </li>
  );
}

interface RowPartProps {
  item: UploadItem;
  stage: ServerStage | null;
}

function RowActions({ item, stage }: RowPartProps) {
  const { t } = useTranslation();
  if (stage && "asset" in stage) {
    return (
      <>
        <Link
          to="/a/$assetId"
          params={{ assetId: stage.asset }}
          onClick={() => setTrayOpen(false)}
          className={buttonClass({ look: "quiet", size: "small" })}
        >
          {t("upload.open")}
        </Link>
        <RemoveButton id={item.id} />
      </>
    );
  }
  if (stage?.stage === "failed") {
    return (
      <>
        <IconButton label={t("upload.retry")} size="small" onPress={() => uploads.restart(item.id)}>
          <RotateCw />
        </IconButton>
        <RemoveButton id={item.id} />
      </>
    );
  }
  switch (item.phase) {
    case "queued":
    case "uploading":
    case "offline":
      return (
        <>
          <IconButton label={t("upload.pause")} size="small" onPress={() => uploads.pause(item.id)}>
            <Pause />
          </IconButton>
          <CancelButton id={item.id} />
        </>
      );
    case "paused":
      return (
        <>
          <IconButton label={t("upload.resume")} size="small" onPress={() => uploads.resume(item.id)}>
            <Play />
          </IconButton>
          <CancelButton id={item.id} />
        </>
      );
    case "needs-file":
      return (
        <>
          <PickAgain item={item} />
          <CancelButton id={item.id} />
        </>
      );
    case "failed":
      return (
        <>
          {item.sizeBytes > 0 ? (
            <IconButton label={t("upload.retry")} size="small" onPress={() => uploads.retry(item.id)}>
              <RotateCw />
            </IconButton>
          ) : null}
          <CancelButton id={item.id} />
        </>
      );
    case "finishing":
    case "sent":
      return null;
  }
}

function CancelButton({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <IconButton label={t("upload.cancel")} size="small" onPress={() => void uploads.cancel(id)}>
      <X />
    </IconButton>
  );
}

function RemoveButton({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <IconButton label={t("upload.remove")} size="small" onPress={() => uploads.forget(id)}>
      <X />
    </IconButton>
  );
}

function PickAgain({ item }: { item: UploadItem }) {
  const { t } = useTranslation();
  return (
    <FileTrigger
      onSelect={(files) => {
        const file = files?.[0];
        if (file && !uploads.give(item.id, file)) notifyError(t("upload.wrongFile"));
      }}
    >
      <Button size="small">
        <FolderOpen />
        {t("upload.pick")}
      </Button>
    </FileTrigger>
  );
}

function RowProgress({ item, stage }: RowPartProps) {
  const { t } = useTranslation();
  const label = `${item.name}: ${stage ? t(`upload.stage.${stage.stage}`) : t(`upload.phase.${item.phase}`)}`;
  const failed = item.phase === "failed" || stage?.stage === "failed" || stage?.stage === "previewFailed";
  const tone = failed ? "danger" : stage?.stage === "ready" ? "ok" : "accent";
  const hashing = item.phase === "finishing" ? item.hashedBytes / Math.max(1, item.sizeBytes) : null;
  const value = stage
    ? stage.stage === "failed"
      ? 1
      : stage.progress
    : (hashing ?? item.sentBytes / Math.max(1, item.sizeBytes));
  return (
    <div className={styles.bar}>
      <Progress label={label} value={value} tone={tone} />
    </div>
  );
}

function RowFacts({ item, stage }: RowPartProps) {
  const { t } = useTranslation();
  if (stage) {
    return (
      <p className={styles.facts}>
        <span>{t(`upload.stage.${stage.stage}`)}</span>
        <span>{formatBytes(item.sizeBytes)}</span>
      </p>
    );
  }
  if (item.phase === "needs-file") {
    const percent = Math.floor((item.sentBytes / Math.max(1, item.sizeBytes)) * 100);
    return <p className={styles.facts}>{t("upload.pickHint", { percent })}</p>;
  }
  const left = secondsLeft(item.sizeBytes, item.sentBytes, item.bytesPerSecond);
  return (
    <p className={styles.facts}>
      <span>
        {t(`upload.phase.${item.phase}`)} ·{" "}
        {t("upload.progress", { sent: formatBytes(item.sentBytes), total: formatBytes(item.sizeBytes) })}
      </span>
      <span>
        {item.bytesPerSecond > 0 ? t("upload.speed", { speed: formatBytes(item.bytesPerSecond) }) : null}
        {left !== null && item.phase === "uploading" ? ` · ${formatDuration(left)}` : null}
      </span>
    </p>
  );
}

function RowFailure({ item, stage }: RowPartProps) {
  const { t } = useTranslation();
  const failure =
    stage?.stage === "failed"
      ? { ...stage, requestId: undefined }
      : item.phase === "failed"
        ? item.failure
        : null;
  if (!failure) return null;
  return (
    <div role="alert" className={styles.failure}>
      <p>
        {failure.message} {t(`upload.remedy.${remedyFor(failure.code)}`)}
      </p>
      {failure.requestId ? (
        <p className={styles.request}>{t("ui.requestId", { id: failure.requestId })}</p>
      ) : null}
    </div>
  );
}
