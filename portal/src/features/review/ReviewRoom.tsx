import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, FileQuestion, Hourglass } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Playback } from "@/api/types";
import { usePlayer } from "@/player";
import { Button, ErrorState } from "@/ui";
import { ApprovalsPanel } from "./ApprovalsPanel";
import type { ReviewAccess } from "./access";
import { BuildingState } from "./BuildingState";
import { CommentsPanel } from "./CommentsPanel";
import { type Anchor, anchorOf, type Thread, threadsOf } from "./commentModel";
import { sourceOf, timingOf } from "./media";
import { PageStage } from "./PageStage";
import { fetchAddress, playbackQuery } from "./queries";
import styles from "./ReviewRoom.module.css";
import { type Drawn, type PageTurner, type Room, RoomProvider, type Sketch } from "./room";
import { StillStage } from "./StillStage";
import type { Shape } from "./shapes";
import { Timeline } from "./Timeline";
import { Transport } from "./Transport";
import { placeOf, unsentAt } from "./unsent";
import { useComments } from "./useComments";
import { useFullscreen } from "./useFullscreen";
import { useReviewFeed } from "./useReviewFeed";
import { useReviewKeys } from "./useReviewKeys";
import { VideoStage } from "./VideoStage";
import viewerStyles from "./Viewer.module.css";

interface ReviewRoomProps {
  access: ReviewAccess;
  version: string;
  title: string;
  /** Where to begin, from a deep link. */
  frame?: number | undefined;
  comment?: string | undefined;
  /** Puts the comments among other things on the side. */
  beside?: (comments: ReactNode) => ReactNode;
  /** What to offer for files that cannot be shown. */
  download?: ReactNode;
}

/** One version under review: the viewer with its controls, and the comments. The same for members and for guests. */
export function ReviewRoom(props: ReviewRoomProps) {
  const { access, version, title } = props;
  const playback = useQuery(playbackQuery(access, version));
  useReviewFeed(access, version);
  if (!playback.data) {
    return playback.isError ? (
      <ErrorState error={playback.error} onRetry={() => void playback.refetch()} />
    ) : (
      <div className={styles.room}>
        <div className={viewerStyles.stage} role="status" aria-label={title}>
          <span className={viewerStyles.spinner} />
        </div>
      </div>
    );
  }
  return <OpenRoom {...props} playback={playback.data} />;
}

function useRoomOf({ access, version, playback, frame }: ReviewRoomProps & { playback: Playback }) {
  const queryClient = useQueryClient();
  // What was written and not sent is found on its frame.
  const [left] = useState(() => unsentAt(sessionStorage, placeOf(access, version)));
  const leftAt = frame === undefined ? (left?.at ?? null) : null;
  const isRange = leftAt !== null && leftAt.to > leftAt.from + 1;
  const [range, setRange] = useState<Anchor | null>(isRange ? leftAt : null);
  const mediaKey = JSON.stringify(playback.media);
  const timing = useMemo(() => timingOf(JSON.parse(mediaKey) as Playback["media"]), [mediaKey]);
  const { hls, mp4, expires_at } = playback;
  const source = useMemo(
    () => (timing ? sourceOf({ hls, mp4, expires_at }) : null),
    [timing, hls, mp4, expires_at],
  );
  const askAgain = useCallback(
    () => fetchAddress(queryClient, access, version),
    [queryClient, access, version],
  );
  const { player, mediaRef } = usePlayer({
    source,
    timebase: timing?.timebase ?? null,
    askAgain,
    startAt: frame ?? leftAt?.from ?? 0,
  });
  const page = usePages(playback.pages?.shown ?? 0);
  const { kind } = playback.media;
  const hasPicture =
    page !== null || kind === "image" || (kind === "video" && source !== null && timing !== null);
  const sketch = useSketch(hasPicture && access.mayComment, left?.shapes ?? []);
  const room = { player, timing, range, setRange, page, sketch };
  return { room, mediaRef, source };
}

/** What is drawn to go with the next comment; null where nothing can be drawn. */
function useSketch(mayDraw: boolean, left: readonly Shape[]): Sketch | null {
  const [shapes, set] = useState(left);
  const [isOn, turn] = useState(false);
  return useMemo(() => (mayDraw ? { shapes, set, isOn, turn } : null), [mayDraw, shapes, isOn]);
}

/** Which page of a document is shown; null where it has none. */
function usePages(shown: number): PageTurner | null {
  const [current, setCurrent] = useState(1);
  return useMemo(
    () =>
      shown > 0
        ? {
            current: Math.min(current, shown),
            shown,
            go: (page) => setCurrent(Math.min(Math.max(1, Math.round(page)), shown)),
          }
        : null,
    [current, shown],
  );
}

function OpenRoom(props: ReviewRoomProps & { playback: Playback }) {
  const { access, version, playback, comment, frame, title, beside } = props;
  const { room: found, mediaRef, source } = useRoomOf(props);
  const { player, timing, range, setRange, page, sketch } = found;
  const comments = useComments(access, version, timing?.unit ?? "frame");
  const threads = useMemo(() => threadsOf(comments.query.data ?? []), [comments.query.data]);
  const [active, setActive] = useState<string | null>(comment ?? null);
  const drawn = useDrawn(threads, active);
  const room = useMemo<Room>(
    () => ({ player, timing, range, setRange, page, sketch, drawn }),
    [player, timing, range, setRange, page, sketch, drawn],
  );
  const composer = useRef<HTMLTextAreaElement>(null);
  const viewer = useRef<HTMLDivElement>(null);
  const fullscreen = useFullscreen(viewer);

  const open = (thread: Thread): void => {
    setActive(thread.root.id);
    if (thread.root.page) page?.go(thread.root.page);
    const anchor = anchorOf(thread.root);
    if (!anchor || !timing) return;
    player.pause();
    void player.seek(anchor.from);
    setRange(anchor.to > anchor.from + 1 ? anchor : null);
  };
  const firstFrame = useRef(frame);
  useEffect(() => {
    if (frame === undefined || frame === firstFrame.current) return;
    firstFrame.current = frame;
    void player.seek(frame);
  }, [player, frame]);
  useReviewKeys({ room, threads, open, composer, toggleFullscreen: fullscreen.toggle });

  const panel = (
    <div className={styles.said}>
      <ApprovalsPanel access={access} version={version} />
      <CommentsPanel
        access={access}
        version={version}
        comments={comments}
        threads={threads}
        active={active}
        onOpen={open}
        composer={composer}
      />
    </div>
  );
  const showsPlayer = source !== null && timing !== null;
  return (
    <RoomProvider value={room}>
      <div className={styles.room}>
        <div className={styles.viewer} ref={viewer}>
          <div className={viewerStyles.stage}>
            {showsPlayer ? (
              <VideoStage
                player={player}
                mediaRef={mediaRef}
                playback={playback}
                title={title}
                onMissing={() => void access.playback(version, undefined, true)}
              />
            ) : (
              <Stage {...props} />
            )}
          </div>
          {showsPlayer ? (
            <>
              <Timeline playback={playback} timing={timing} threads={threads} onOpen={open} />
              <Transport timing={timing} isFullscreen={fullscreen.isOn} onFullscreen={fullscreen.toggle} />
            </>
          ) : null}
        </div>
        <aside className={styles.side}>{beside ? beside(panel) : panel}</aside>
      </div>
    </RoomProvider>
  );
}

/** What was drawn with the comment that is open. */
function useDrawn(threads: readonly Thread[], active: string | null): Drawn | null {
  const root = threads.find((thread) => thread.root.id === active)?.root;
  return useMemo(
    () =>
      root?.annotation ? { annotation: root.annotation, anchor: anchorOf(root), page: root.page } : null,
    [root],
  );
}

/** What is shown where nothing plays: a still, the state of the build, or the reason why there is nothing. */
function Stage({ access, version, playback, title, download }: ReviewRoomProps & { playback: Playback }) {
  const { t } = useTranslation();
  const { kind, width, height } = playback.media;
  const still = playback.thumbnails["1280"] ?? playback.poster;
  if (playback.pages) return <PageStage pages={playback.pages} title={title} />;
  if ((kind === "image" || kind === "document") && still) {
    return <StillStage url={still} title={title} width={width ?? 1280} height={height ?? 720} />;
  }
  switch (playback.state) {
    case "building":
    case "partial":
      return <BuildingState access={access} version={version} playback={playback} />;
    case "failed":
      return (
        <div className={viewerStyles.facts}>
          <CircleAlert aria-hidden="true" />
          <h2>{t("review.failedTitle")}</h2>
          <p>{playback.reason ?? t("review.failedText")}</p>
          <RebuildButton access={access} label={t("preview.retry")} />
          {download}
        </div>
      );
    case "none":
    case "ready":
      return kind === "document" || kind === "other" || playback.state === "ready" ? (
        <div className={viewerStyles.facts}>
          <FileQuestion aria-hidden="true" />
          <h2>{t("review.otherTitle")}</h2>
          {playback.reason ? <p>{playback.reason}</p> : null}
          {download}
        </div>
      ) : (
        <div className={viewerStyles.facts}>
          <Hourglass aria-hidden="true" />
          <h2>{t("preview.waiting")}</h2>
          <p>{t("review.noneText")}</p>
          <RebuildButton access={access} label={t("preview.retry")} />
        </div>
      );
  }
}

function RebuildButton({ access, label }: { access: ReviewAccess; label: string }) {
  const [asked, setAsked] = useState(false);
  const { rebuild } = access;
  if (!rebuild) return null;
  const ask = async (): Promise<void> => {
    setAsked(true);
    await rebuild();
  };
  return (
    <Button isDisabled={asked} onPress={() => void ask()}>
      {label}
    </Button>
  );
}
