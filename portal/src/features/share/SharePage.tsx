import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, Download, Film, Link2Off } from "lucide-react";
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/errors";
import type { Asset, ShareView } from "@/api/types";
import { Thumbnail } from "@/features/thumbnail";
import { loadEngine } from "@/player";
import {
  buttonClass,
  EmptyState,
  ErrorState,
  formatDate,
  formatDuration,
  IconButton,
  Skeleton,
  usePageTitle,
} from "@/ui";
import { Gate } from "./Gate";
import { guestAccess } from "./guestAccess";
import { NameDialog } from "./NameDialog";
import { shareAssetsQuery, shareQuery } from "./queries";
import styles from "./SharePage.module.css";

const loadReview = () => import("@/features/review");
const ReviewRoom = lazy(() => loadReview().then(({ ReviewRoom: room }) => ({ default: room })));

/** The room comes while it is still asked what the link leads to. */
const warmReview = (): void => void loadReview().catch(() => undefined);

/** The token in `/s/{token}`; the page works with or without the portal's router around it. */
function tokenOfPage(): string {
  return decodeURIComponent(location.pathname.split("/")[2] ?? "");
}

/** What somebody sees who was sent a link. */
export function SharePage() {
  const { t } = useTranslation();
  const token = tokenOfPage();
  const share = useQuery(shareQuery(token));
  useEffect(warmReview, []);
  usePageTitle(share.data?.name || t("share.title"));
  if (share.isPending) {
    return (
      <main className={styles.page} aria-busy="true">
        <SkeletonGrid />
      </main>
    );
  }
  if (share.isError && !share.data)
    return <ShareProblem token={token} error={share.error} onRetry={() => void share.refetch()} />;
  return <OpenShare token={token} share={share.data} />;
}

function ShareProblem({ token, error, onRetry }: { token: string; error: Error; onRetry: () => void }) {
  const { t } = useTranslation();
  if (error instanceof ApiError && error.status === 401) return <Gate token={token} />;
  return (
    <main className={styles.gate}>
      {error instanceof ApiError && error.status === 404 ? (
        <EmptyState icon={<Link2Off />} title={t("share.gone")} text={t("share.goneText")} />
      ) : (
        <ErrorState error={error} onRetry={onRetry} />
      )}
    </main>
  );
}

/** Opens the name dialog on demand and answers whether a name was given. */
function useNameQuestion() {
  const [isOpen, setOpen] = useState(false);
  const answer = useRef<((named: boolean) => void) | null>(null);
  const ask = useCallback(
    () =>
      new Promise<boolean>((resolve) => {
        answer.current = resolve;
        setOpen(true);
      }),
    [],
  );
  const close = (named: boolean): void => {
    setOpen(false);
    answer.current?.(named);
    answer.current = null;
  };
  return { isOpen, ask, close };
}

/** The asset named in the page's own address, so that "back" and a reload do what people expect. */
function useOpenAsset(): [string | null, (id: string | null) => void] {
  const read = (): string | null => new URLSearchParams(location.search).get("a");
  const [id, setId] = useState(read);
  useEffect(() => {
    const follow = (): void => setId(read());
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  });
  const open = (next: string | null): void => {
    history.pushState(null, "", next ? `?a=${encodeURIComponent(next)}` : location.pathname);
    setId(next);
  };
  return [id, open];
}

/** Before a share whose copies carry the viewer's name, asks once who is there; who won't say is "Guest". */
function OpenShare({ token, share }: { token: string; share: ShareView }) {
  const [isAsked, setAsked] = useState(!share.watermark?.per_viewer || Boolean(share.guest?.name));
  if (isAsked) return <Gallery token={token} share={share} />;
  return (
    <main className={styles.gate}>
      <NameDialog token={token} reason="watermark" isOpen onClose={() => setAsked(true)} />
    </main>
  );
}

function Gallery({ token, share }: { token: string; share: ShareView }) {
  const { t } = useTranslation();
  const assets = useQuery(shareAssetsQuery(token));
  const [openId, open] = useOpenAsset();
  const name = useNameQuestion();
  const access = useMemo(() => guestAccess(token, share, name.ask), [token, share, name.ask]);
  const rows = assets.data ?? [];
  const plays = rows.some(({ kind }) => kind === "video" || kind === "audio");
  useEffect(() => {
    if (plays) void loadEngine().catch(() => undefined);
  }, [plays]);
  const single = rows.length === 1 ? rows[0] : undefined;
  const shown = single ?? rows.find(({ id }) => id === openId);
  return (
    <div className={styles.page}>
      <header className={styles.bar}>
        {shown && !single ? (
          <IconButton label={t("share.back")} onPress={() => open(null)}>
            <ArrowLeft />
          </IconButton>
        ) : (
          <img src="/icon.svg" alt="" />
        )}
        <div className={styles.heading}>
          <h1>{shown?.title ?? (share.name || t("share.title"))}</h1>
          <p>
            {shown && share.name && share.name !== shown.title
              ? share.name
              : t("share.count", { count: rows.length })}
            {share.expires_at ? (
              <span className={styles.wide}>
                {" "}
                · {t("share.until", { date: formatDate(share.expires_at) })}
              </span>
            ) : null}
          </p>
        </div>
        {shown?.current_version && share.allow_download ? (
          <DownloadLink token={token} version={shown.current_version.id} />
        ) : null}
      </header>
      <main className={styles.room}>
        <Content
          assets={assets}
          shown={shown}
          onOpen={open}
          room={(asset, version) => (
            <Suspense fallback={<Skeleton />}>
              <ReviewRoom key={version} access={access} version={version} title={asset.title} />
            </Suspense>
          )}
        />
      </main>
      <NameDialog token={token} reason="comment" isOpen={name.isOpen} onClose={name.close} />
    </div>
  );
}

function DownloadLink({ token, version }: { token: string; version: string }) {
  const { t } = useTranslation();
  const href = `/api/s/${encodeURIComponent(token)}/versions/${version}/download`;
  return (
    <a className={buttonClass({ look: "secondary" })} href={href} download>
      <Download />
      {t("share.download")}
    </a>
  );
}

interface ContentProps {
  assets: ReturnType<typeof useQuery<Asset[]>>;
  shown: Asset | undefined;
  onOpen: (id: string) => void;
  room: (asset: Asset, version: string) => ReactNode;
}

function Content({ assets, shown, onOpen, room }: ContentProps) {
  const { t } = useTranslation();
  if (assets.isPending) return <SkeletonGrid />;
  if (assets.isError && !assets.data)
    return <ErrorState error={assets.error} onRetry={() => void assets.refetch()} />;
  if (shown?.current_version) return room(shown, shown.current_version.id);
  if (assets.data.length === 0) return <EmptyState icon={<Film />} text={t("share.empty")} />;
  return (
    <div className={styles.scroll}>
      <ul className={styles.grid}>
        {assets.data.map((asset) => (
          <li key={asset.id}>
            <button type="button" className={styles.item} onClick={() => onOpen(asset.id)}>
              <Thumbnail asset={asset} />
              <span className={styles.caption}>
                <span className={styles.title}>{asset.title}</span>
                <span className={styles.hint}>
                  {t(`assets.kinds.${asset.kind}`)}
                  {asset.duration ? ` · ${formatDuration(asset.duration)}` : null}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function SkeletonGrid() {
  return (
    <div className={styles.grid} aria-busy="true">
      {["a", "b", "c", "d"].map((key) => (
        <Skeleton key={key} className={styles.skeleton} />
      ))}
    </div>
  );
}
