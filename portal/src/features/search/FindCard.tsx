import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Asset } from "@/api/types";
import { FoundBeside, FoundTitle } from "@/features/assets";
import { Thumbnail } from "@/features/thumbnail";
import { formatAgo, formatDuration } from "@/ui";
import styles from "./Search.module.css";

interface FindCardProps {
  asset: Asset;
  /** The name of the project that it is in. */
  project: string;
}

/** Something that was found: what it is, in which project, and where the words stand. */
export function FindCard({ asset, project }: FindCardProps) {
  const { t } = useTranslation();
  const facts = [
    asset.kind ? t(`assets.kinds.${asset.kind}`) : null,
    asset.duration ? formatDuration(asset.duration) : null,
    formatAgo(asset.created_at),
  ];
  return (
    <li>
      <Link to="/a/$assetId" params={{ assetId: asset.id }} className={styles.card}>
        <Thumbnail asset={asset} />
        <span className={styles.caption}>
          <span className={styles.title} title={asset.title}>
            <FoundTitle asset={asset} />
          </span>
          <FoundBeside asset={asset} />
          <span className={styles.facts}>{project}</span>
          <span className={styles.facts}>{facts.filter(Boolean).join(" · ")}</span>
        </span>
      </Link>
    </li>
  );
}
