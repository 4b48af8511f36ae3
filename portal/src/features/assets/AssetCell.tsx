import { Link } from "@tanstack/react-router";
import { Check, CircleAlert, Hourglass, Layers, MessageSquare } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Asset, Job } from "@/api/types";
import { ApprovalBadge } from "@/features/approvals";
import { KindIcon, Thumbnail } from "@/features/thumbnail";
import { Badge, formatAgo, formatBytes, formatDate, formatDuration, Progress, Skeleton } from "@/ui";
import styles from "./AssetCard.module.css";
import { FoundBeside, FoundTitle } from "./Found";

interface AssetCellProps {
  asset: Asset | undefined;
  job: Job | undefined;
  look: "card" | "row";
  index: number;
  onToggle: (id: string, index: number, isRange: boolean) => void;
}

/** What a cell of the grid shows; still empty while its window is being fetched. */
export const AssetCell = memo(function AssetCell({ look, ...cell }: AssetCellProps) {
  const { asset } = cell;
  if (!asset) {
    return look === "card" ? (
      <div className={styles.card}>
        <Skeleton className={styles.skeleton} />
      </div>
    ) : (
      <div className={styles.row} />
    );
  }
  return look === "card" ? <AssetCard {...cell} asset={asset} /> : <AssetRow {...cell} asset={asset} />;
});

type FilledCellProps = Omit<AssetCellProps, "asset" | "look"> & { asset: Asset };

function AssetCard({ asset, job, index, onToggle }: FilledCellProps) {
  const { t } = useTranslation();
  const whenOf = useWhen();
  return (
    <>
      <Link
        to="/a/$assetId"
        params={{ assetId: asset.id }}
        tabIndex={-1}
        draggable={false}
        className={styles.card}
      >
        <div className={styles.frame} aria-hidden="true">
          <Thumbnail asset={asset} />
          <PreviewBadge asset={asset} job={job} />
          {asset.duration ? <span className={styles.duration}>{formatDuration(asset.duration)}</span> : null}
          <PreviewProgress asset={asset} job={job} />
        </div>
        <div className={styles.caption}>
          <span className={styles.title} title={asset.title}>
            <FoundTitle asset={asset} />
          </span>
          <FoundBeside asset={asset} />
          <span aria-hidden="true" className={styles.facts}>
            <span>
              <KindIcon kind={asset.kind} />
              {asset.size ? formatBytes(asset.size) : null}
            </span>
            {asset.version_count > 1 ? (
              <span title={t("assets.versions", { count: asset.version_count })}>
                <Layers />
                {asset.version_count}
              </span>
            ) : null}
            {asset.comment_count > 0 ? (
              <span title={t("assets.comments", { count: asset.comment_count })}>
                <MessageSquare />
                {asset.comment_count}
              </span>
            ) : null}
            <span className={styles.end}>{whenOf(asset)}</span>
          </span>
        </div>
      </Link>
      <SelectBox asset={asset} index={index} onToggle={onToggle} className={styles.check} />
    </>
  );
}

function AssetRow({ asset, job, index, onToggle }: FilledCellProps) {
  const { t } = useTranslation();
  const whenOf = useWhen();
  return (
    <>
      <Link
        to="/a/$assetId"
        params={{ assetId: asset.id }}
        tabIndex={-1}
        draggable={false}
        className={styles.row}
      >
        <span />
        <Thumbnail asset={asset} className={styles.small} />
        <span className={styles.title}>
          <FoundTitle asset={asset} /> <ApprovalBadge state={asset.approval.state} />{" "}
          <PreviewText asset={asset} job={job} />
          <FoundBeside asset={asset} />
        </span>
        <span className={styles.wide}>{asset.kind ? t(`assets.kinds.${asset.kind}`) : null}</span>
        <span>{asset.duration ? formatDuration(asset.duration) : null}</span>
        <span className={styles.wide}>{asset.size ? formatBytes(asset.size) : null}</span>
        <span className={styles.wide}>{asset.comment_count || null}</span>
        <span className={styles.wide}>{whenOf(asset)}</span>
      </Link>
      <SelectBox
        asset={asset}
        index={index}
        onToggle={onToggle}
        className={`${styles.check} ${styles.listCheck}`}
      />
    </>
  );
}

interface SelectBoxProps {
  asset: Asset;
  index: number;
  onToggle: (id: string, index: number, isRange: boolean) => void;
  className: string | undefined;
}

function SelectBox({ asset, index, onToggle, className }: SelectBoxProps) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={t("assets.select", { title: asset.title })}
      className={className}
      onClick={(event) => onToggle(asset.id, index, event.shiftKey)}
    >
      <Check aria-hidden="true" />
    </button>
  );
}

/** When an asset came; of one in the trash, when it goes. */
function useWhen(): (asset: Asset) => string {
  const { t } = useTranslation();
  return ({ created_at, trashed_at, purge_at }) => {
    if (!trashed_at) return formatAgo(created_at);
    return purge_at ? t("trash.goes", { date: formatDate(purge_at) }) : t("trash.isHeld");
  };
}

/** What a cell shows beside the title, in words, for those who hear it. */
export function useSpokenFacts(): (asset: Asset) => string {
  const { t } = useTranslation();
  const whenOf = useWhen();
  return (asset) => {
    const { kind, duration, size, version_count, comment_count, current_version } = asset;
    return [
      kind && t(`assets.kinds.${kind}`),
      duration && formatDuration(duration),
      size && formatBytes(size),
      version_count > 1 && t("assets.versions", { count: version_count }),
      comment_count > 0 && t("assets.comments", { count: comment_count }),
      current_version?.preview_state === "building" && t("preview.building"),
      current_version?.preview_state === "partial" && t("preview.incomplete"),
      current_version?.preview_state === "failed" && t("preview.failed"),
      whenOf(asset),
    ]
      .filter(Boolean)
      .join(", ");
  };
}

function PreviewBadge({ asset, job }: { asset: Asset; job: Job | undefined }) {
  return (
    <span className={styles.state}>
      <ApprovalBadge state={asset.approval.state} />
      <PreviewText asset={asset} job={job} />
    </span>
  );
}

function PreviewText({ asset, job }: { asset: Asset; job: Job | undefined }) {
  const { t } = useTranslation();
  switch (asset.current_version?.preview_state) {
    case undefined:
    case "ready":
      return null;
    case "none":
      return job ? (
        <Badge>
          <Hourglass aria-hidden="true" />
          {t("preview.queued")}
        </Badge>
      ) : null;
    case "building":
    case "partial":
      return asset.current_version.preview_state === "partial" && !job ? (
        <Badge tone="warn">{t("preview.incomplete")}</Badge>
      ) : (
        <Badge tone="accent">
          {job
            ? t("preview.buildingPercent", { percent: Math.round(job.progress * 100) })
            : t("preview.building")}
        </Badge>
      );
    case "failed":
      return (
        <Badge tone="danger">
          <CircleAlert aria-hidden="true" />
          {t("preview.failed")}
        </Badge>
      );
  }
}

function PreviewProgress({ asset, job }: { asset: Asset; job: Job | undefined }) {
  const { t } = useTranslation();
  const state = asset.current_version?.preview_state;
  if (state !== "building" && !(state === "partial" && job)) return null;
  return (
    <div className={styles.building}>
      <Progress label={t("preview.building")} value={job?.progress} />
    </div>
  );
}
