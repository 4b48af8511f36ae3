import { useQuery } from "@tanstack/react-query";
import { type PointerEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Playback } from "@/api/types";
import { type StoryboardTile, tileAt, useFrame, usePlayerState } from "@/player";
import { Avatar, classNames, useElementSize } from "@/ui";
import { anchorOf, type Thread } from "./commentModel";
import type { Timing } from "./media";
import { peaksQuery, storyboardQuery } from "./queries";
import { positionLabel, useRoom } from "./room";
import styles from "./Timeline.module.css";
import { WaveCanvas } from "./WaveCanvas";

interface TimelineProps {
  playback: Playback;
  timing: Timing;
  threads: readonly Thread[];
  onOpen: (thread: Thread) => void;
}

const WAVE_PX = 26;

/** The whole clip from left to right: what is buffered, played and commented, and a picture of any moment. */
export function Timeline({ playback, timing, threads, onOpen }: TimelineProps) {
  const { player } = useRoom();
  const { reachable } = usePlayerState(player);
  const { ref, size, element } = useElementSize<HTMLDivElement>();
  const total = Math.max(1, timing.timebase.frameCount ?? reachable);
  const [hover, setHover] = useState<number | null>(null);
  const peaks = useQuery(peaksQuery(playback.waveform)).data;
  const head = useRef<HTMLDivElement>(null);
  const played = useRef<HTMLDivElement>(null);
  useEffect(
    () =>
      // Drawn for every picture, past React.
      player.clock.onFrame((frame) => {
        const share = total > 1 ? Math.min(1, frame / (total - 1)) : 0;
        if (head.current) head.current.style.transform = `translateX(${share * size.width}px)`;
        if (played.current) played.current.style.transform = `scaleX(${share})`;
      }),
    [player, total, size.width],
  );

  const positionAt = (event: PointerEvent): number => {
    const box = element?.getBoundingClientRect();
    const share = box && box.width > 0 ? (event.clientX - box.left) / box.width : 0;
    return Math.round(Math.min(1, Math.max(0, share)) * (total - 1));
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    void player.seek(positionAt(event));
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    const position = positionAt(event);
    setHover(position);
    if (event.currentTarget.hasPointerCapture(event.pointerId)) void player.seek(position);
  };

  return (
    <div className={styles.timeline}>
      <Bubbles threads={threads} total={total} timing={timing} onOpen={onOpen} />
      <Slider
        total={total}
        timing={timing}
        className={classNames(styles.bar, peaks && styles.withWave)}
        barRef={ref}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setHover(null)}
      >
        <div className={styles.track}>
          {peaks ? (
            <WaveCanvas
              className={styles.wave}
              peaks={peaks}
              seconds={(total * timing.timebase.rate.den) / timing.timebase.rate.num}
              width={size.width}
              height={WAVE_PX}
            />
          ) : null}
          <Buffered total={total} />
          <div ref={played} className={classNames(styles.fill, styles.played)} />
        </div>
        <Range total={total} />
        <div ref={head} className={styles.head} />
      </Slider>
      {hover === null ? null : <Preview position={hover} total={total} timing={timing} playback={playback} />}
    </div>
  );
}

interface SliderProps {
  total: number;
  timing: Timing;
  className: string;
  barRef: (element: HTMLDivElement | null) => void;
  onPointerDown: (event: PointerEvent<HTMLDivElement>) => void;
  onPointerMove: (event: PointerEvent<HTMLDivElement>) => void;
  onPointerLeave: () => void;
  children: React.ReactNode;
}

/** The keys of the player move it, whether it has focus or not. */
function Slider({ total, timing, barRef, children, ...events }: SliderProps) {
  const { t } = useTranslation();
  const { player } = useRoom();
  const { frame } = useFrame(player);
  return (
    <div
      ref={barRef}
      role="slider"
      tabIndex={0}
      aria-label={t("review.timeline")}
      aria-valuemin={0}
      aria-valuemax={total - 1}
      aria-valuenow={frame}
      aria-valuetext={positionLabel(frame, timing)}
      {...events}
    >
      {children}
    </div>
  );
}

function Buffered({ total }: { total: number }) {
  const { player } = useRoom();
  const { bufferedUntil } = usePlayerState(player);
  return (
    <div
      className={classNames(styles.fill, styles.buffered)}
      style={{ transform: `scaleX(${Math.min(1, bufferedUntil / total)})` }}
    />
  );
}

const percent = (position: number, total: number): string => `${(position / Math.max(1, total - 1)) * 100}%`;

function Range({ total }: { total: number }) {
  const { range } = useRoom();
  if (!range) return null;
  return (
    <div
      className={styles.range}
      style={{
        insetInlineStart: percent(range.from, total),
        width: percent(range.to - 1 - range.from, total),
      }}
    />
  );
}

type BubblesProps = Omit<TimelineProps, "playback"> & { total: number };

function Bubbles({ threads, total, timing, onOpen }: BubblesProps) {
  return (
    <div className={styles.bubbles}>
      {threads.map((thread) => {
        const anchor = anchorOf(thread.root);
        if (!anchor) return null;
        const { author, body, resolved } = thread.root;
        return (
          <button
            key={thread.root.id}
            type="button"
            tabIndex={-1}
            className={classNames(styles.bubble, resolved && styles.resolved)}
            style={{ insetInlineStart: percent(anchor.from, total) }}
            title={`${positionLabel(anchor.from, timing)} ${author.name}: ${body}`}
            onClick={() => onOpen(thread)}
          >
            <Avatar name={author.name} small />
          </button>
        );
      })}
    </div>
  );
}

interface PreviewProps {
  position: number;
  total: number;
  timing: Timing;
  playback: Playback;
}

function Preview({ position, total, timing, playback }: PreviewProps) {
  const tiles = useQuery(storyboardQuery(playback.storyboard?.vtt)).data;
  const tile = tiles ? tileAt(tiles, (position * timing.timebase.rate.den) / timing.timebase.rate.num) : null;
  return (
    <div
      className={styles.hover}
      style={{
        insetInlineStart: `clamp(96px, calc(16px + (100% - 32px) * ${position / total}), calc(100% - 96px))`,
      }}
    >
      {tile ? <TilePicture tile={tile} /> : null}
      <span className="mono">{positionLabel(position, timing)}</span>
    </div>
  );
}

function TilePicture({ tile }: { tile: StoryboardTile }) {
  return (
    <svg viewBox={`0 0 ${tile.width} ${tile.height}`} aria-hidden="true">
      <image href={tile.sheet} x={-tile.x} y={-tile.y} />
    </svg>
  );
}
