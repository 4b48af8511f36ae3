import { useInfiniteQuery, useMutation, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { CopyCheck, Layers, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { assetsKey } from "@/api/keys";
import { type DuplicatePair, type Project, reaches } from "@/api/types";
import { projectQuery } from "@/features/projects";
import { ProjectFrame } from "@/features/projectViews";
import {
  Badge,
  Button,
  EmptyState,
  ErrorState,
  formatBytes,
  formatDateTime,
  formatDuration,
  notify,
  notifyError,
  Skeleton,
} from "@/ui";
import styles from "./Duplicates.module.css";
import { dismissPair, duplicatesKey, duplicatesQuery, mergePair } from "./queries";

type PairAsset = DuplicatePair["assets"][number];

/** Pairs of assets that may be the same, to be made one or told apart for ever. */
export function DuplicatesPage() {
  const { t } = useTranslation();
  const { projectId } = useParams({ from: "/member/p/$projectId/duplicates" });
  const { data: project } = useSuspenseQuery(projectQuery(projectId));
  const pairs = useInfiniteQuery(duplicatesQuery(projectId));
  const rows = pairs.data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <ProjectFrame project={project} title={t("duplicates.title")}>
      <div className={styles.page}>
        {pairs.isPending ? <Skeleton className={styles.skeleton} /> : null}
        {pairs.isError ? <ErrorState error={pairs.error} onRetry={() => void pairs.refetch()} /> : null}
        {pairs.isSuccess && rows.length === 0 ? (
          <EmptyState icon={<CopyCheck />} text={t("duplicates.empty")} />
        ) : null}
        <ul className={styles.pairs}>
          {rows.map((pair) => (
            <Pair key={pair.id} pair={pair} project={project} />
          ))}
        </ul>
        {pairs.hasNextPage ? (
          <Button isPending={pairs.isFetchingNextPage} onPress={() => void pairs.fetchNextPage()}>
            {t("activity.more")}
          </Button>
        ) : null}
      </div>
    </ProjectFrame>
  );
}

function Pair({ pair, project }: { pair: DuplicatePair; project: Project }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const refresh = async (): Promise<void> => {
    await queryClient.invalidateQueries({ queryKey: duplicatesKey(project.id) });
    await queryClient.invalidateQueries({ queryKey: assetsKey(project.id) });
  };
  const onError = (error: Error): void => notifyError(t("ui.notDone"), error);
  const merging = useMutation({
    mutationFn: (into: PairAsset) => mergePair(pair.id, into.id),
    onSuccess: async (_answer, into) => {
      notify(t("duplicates.merged", { title: into.title }));
      await refresh();
    },
    onError,
  });
  const dismissal = useMutation({
    mutationFn: () => dismissPair(pair.id),
    onSuccess: async () => {
      notify(t("duplicates.dismissed"));
      await refresh();
    },
    onError,
  });
  const mayEdit = reaches(project.role, "editor");
  return (
    <li className={styles.pair}>
      <div className={styles.pairHead}>
        <Badge tone={pair.kind === "exact" ? "danger" : "warn"}>
          {pair.kind === "exact"
            ? t("duplicates.exact")
            : t("duplicates.near", { percent: Math.floor(pair.score * 100) })}
        </Badge>
        {mayEdit ? (
          <Button isPending={dismissal.isPending} onPress={() => dismissal.mutate()}>
            <X />
            {t("duplicates.dismiss")}
          </Button>
        ) : null}
      </div>
      <div className={styles.sides}>
        {pair.assets.map((asset) => (
          <Side key={asset.id} asset={asset}>
            {mayEdit ? (
              <Button isPending={merging.isPending} onPress={() => merging.mutate(asset)}>
                <Layers />
                {t("duplicates.mergeInto")}
              </Button>
            ) : null}
          </Side>
        ))}
      </div>
    </li>
  );
}

function Side({ asset, children }: { asset: PairAsset; children: React.ReactNode }) {
  const { t } = useTranslation();
  const { version } = asset;
  const facts: readonly (readonly [string, string | null])[] = [
    [t("review.facts.name"), version.name],
    [t("review.facts.size"), formatBytes(version.size)],
    [
      t("review.facts.picture"),
      version.width && version.height ? `${version.width} × ${version.height}` : null,
    ],
    [t("review.facts.duration"), version.duration === null ? null : formatDuration(version.duration)],
    [t("review.facts.codec"), version.codec],
    [t("review.facts.camera"), version.camera],
    [t("review.facts.captured"), version.captured_at && formatDateTime(version.captured_at)],
    [t("review.facts.added"), formatDateTime(asset.created_at)],
    [t("review.versions"), String(asset.version_count)],
    [t("inspector.tags"), asset.tags.join(", ") || null],
  ];
  return (
    <article className={styles.side} aria-label={asset.title}>
      {asset.thumbnail ? <img src={asset.thumbnail} alt="" className={styles.picture} /> : null}
      <Link to="/a/$assetId" params={{ assetId: asset.id }} className={styles.title}>
        {asset.title}
      </Link>
      <dl className={styles.facts}>
        {facts.map(([name, value]) =>
          value ? (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
      {children}
    </article>
  );
}
