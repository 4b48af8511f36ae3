import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, body } from "@/api/client";
import { assetsKey } from "@/api/keys";
import type { paths } from "@/api/schema";
import type { Asset } from "@/api/types";
import { Thumbnail } from "@/features/thumbnail";
import { ErrorState, Skeleton } from "@/ui";
import styles from "./ProjectViews.module.css";
import { useSeen } from "./useSeen";

type ListQuery = NonNullable<paths["/api/assets"]["get"]["parameters"]["query"]>;

interface Strip {
  readonly project: string;
  /** Conditions of the list, by their parameters. */
  readonly conditions: Readonly<Record<string, string>>;
  readonly most: number;
}

/** The first few assets of a list. */
export const stripQuery = ({ project, conditions, most }: Strip) =>
  queryOptions({
    queryKey: [...assetsKey(project), "strip", conditions, most] as const,
    queryFn: async ({ signal }): Promise<Asset[]> => {
      const query: ListQuery = { limit: most, include: "thumbnail" };
      Object.assign(query, { project, ...conditions });
      return (await body(api.GET("/api/assets", { params: { query }, signal }))).results;
    },
    // Thumbnails are signed for some minutes.
    staleTime: 120_000,
    placeholderData: keepPreviousData,
  });

interface AssetStripProps extends Strip {
  label: string;
  /** Pictures without words, where they stand for something larger. */
  covers?: boolean;
}

/** A few assets, each a way to its page; asked for when they come into view. */
export function AssetStrip({ label, covers = false, ...strip }: AssetStripProps) {
  const { ref, isSeen } = useSeen<HTMLUListElement>();
  const assets = useQuery({ ...stripQuery(strip), enabled: isSeen });
  if (assets.isError) return <ErrorState error={assets.error} onRetry={() => void assets.refetch()} />;
  return (
    <ul ref={ref} className={covers ? styles.covers : styles.strip} aria-label={label}>
      {assets.data ? null : <Waiting count={covers ? strip.most : 1} />}
      {(assets.data ?? []).map((asset) => (
        <li key={asset.id}>
          <Link
            to="/a/$assetId"
            params={{ assetId: asset.id }}
            className={styles.picture}
            aria-label={asset.title}
            title={asset.title}
          >
            <Thumbnail asset={asset} />
            {covers ? null : <span className={styles.caption}>{asset.title}</span>}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Waiting({ count }: { count: number }) {
  return Array.from({ length: count }, (_, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: blocks without anything in them
    <li key={index} aria-hidden="true">
      <Skeleton className={styles.waiting} />
    </li>
  ));
}
