import { useQueryClient } from "@tanstack/react-query";
import { Pause, Play, StepBack, StepForward, Volume2 } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { fetchAddress, sourceOf, timingOf } from "@/features/review";
import { labelOf, type Timebase, useFrame, usePlayer, usePlayerState } from "@/player";
import { Button, IconButton, Segments, useShortcuts } from "@/ui";
import styles from "./Compare.module.css";
import type { Shown } from "./model";
import { Pair } from "./Pair";
import { sameRate, Together } from "./together";

interface CompareFilmsProps {
  left: Shown;
  right: Shown;
  startAt: number;
}

/** Whose sound is heard. */
const SOUNDS = ["left", "right", "none"] as const;

/** Two films that play, stop and step as one. */
export function CompareFilms({ left, right, startAt }: CompareFilmsProps) {
  const { t } = useTranslation();
  const one = useFilm(left, startAt);
  const other = useFilm(right, startAt);
  const [sound, setSound] = useState<(typeof SOUNDS)[number]>("right");
  const together = useTogether(one, other);
  const { playing } = usePlayerState(one.player);
  useEffect(() => {
    one.player.setMuted(sound !== "left");
    other.player.setMuted(sound !== "right");
  }, [one.player, other.player, sound]);
  useShortcuts([
    ["Space", () => together.toggle()],
    ["k", () => together.toggle()],
    ["ArrowLeft", () => together.step(-1)],
    ["ArrowRight", () => together.step(1)],
    ["Shift+ArrowLeft", () => together.step(-10)],
    ["Shift+ArrowRight", () => together.step(10)],
    ["Home", () => together.step(Number.NEGATIVE_INFINITY)],
    ["End", () => together.step((one.timebase.frameCount ?? 1) - 1)],
  ]);
  return (
    <Pair
      left={left.name}
      right={right.name}
      leftView={<Film film={one} name={left.name} onPress={() => together.toggle()} />}
      rightView={<Film film={other} name={right.name} onPress={() => together.toggle()} />}
    >
      <div className={styles.transport}>
        <IconButton
          label={playing ? t("review.pause") : t("review.play")}
          shortcut="Space"
          onPress={() => together.toggle()}
        >
          {playing ? <Pause /> : <Play />}
        </IconButton>
        <IconButton label={t("review.previousFrame")} shortcut="←" onPress={() => together.step(-1)}>
          <StepBack />
        </IconButton>
        <IconButton label={t("review.nextFrame")} shortcut="→" onPress={() => together.step(1)}>
          <StepForward />
        </IconButton>
        <Position film={one} onSeek={(frame) => void together.seek(frame)} />
        <span className={styles.sound}>
          <Volume2 aria-hidden="true" />
          <Segments
            label={t("compare.sound")}
            value={sound}
            options={SOUNDS.map((value) => ({ value, label: t(`compare.sounds.${value}`) }))}
            onChange={setSound}
          />
        </span>
      </div>
      {sameRate(one.timebase.rate, other.timebase.rate) ? null : (
        <p role="status" className={styles.note}>
          {t("compare.otherRate")}
        </p>
      )}
    </Pair>
  );
}

type FilmHandle = ReturnType<typeof useFilm>;

function useFilm({ access, version, playback }: Shown, startAt: number) {
  const queryClient = useQueryClient();
  const mediaKey = JSON.stringify(playback.media);
  const timebase = useMemo<Timebase>(() => {
    const timing = timingOf(JSON.parse(mediaKey));
    if (!timing) throw new Error("A film has a frame rate.");
    return timing.timebase;
  }, [mediaKey]);
  const { hls, mp4, expires_at } = playback;
  const source = useMemo(() => sourceOf({ hls, mp4, expires_at }), [hls, mp4, expires_at]);
  const askAgain = useCallback(
    () => fetchAddress(queryClient, access, version),
    [queryClient, access, version],
  );
  return { ...usePlayer({ source, timebase, askAgain, startAt }), timebase };
}

function useTogether(one: FilmHandle, other: FilmHandle): Together {
  const together = useMemo(
    () =>
      new Together(
        { player: one.player, timebase: one.timebase },
        { player: other.player, timebase: other.timebase },
      ),
    [one.player, one.timebase, other.player, other.timebase],
  );
  useEffect(() => () => together.end(), [together]);
  return together;
}

interface FilmProps {
  film: FilmHandle;
  name: string;
  onPress: () => void;
}

function Film({ film: { player, mediaRef }, name, onPress }: FilmProps) {
  const { t } = useTranslation();
  const { failure, waiting, presented } = usePlayerState(player);
  return (
    <>
      {/* biome-ignore lint/a11y/useMediaCaption: masters under review come without captions */}
      <video
        ref={mediaRef}
        aria-label={name}
        playsInline
        preload="auto"
        crossOrigin="anonymous"
        disablePictureInPicture
        onClick={onPress}
      />
      {failure ? (
        <div className={styles.cover} role="alert">
          <p>{t(`review.streamFailed.${failure.kind}`)}</p>
          <Button onPress={() => player.retry()}>{t("ui.retry")}</Button>
        </div>
      ) : null}
      {!failure && (waiting || !presented) ? (
        <div className={styles.cover} role="status" aria-label={t("ui.loading")} />
      ) : null}
    </>
  );
}

/** Where both are, counted as the left one counts, and a way to anywhere else. */
function Position({ film, onSeek }: { film: FilmHandle; onSeek: (frame: number) => void }) {
  const { t } = useTranslation();
  const { frame } = useFrame(film.player);
  const { reachable } = usePlayerState(film.player);
  const total = Math.max(1, film.timebase.frameCount ?? reachable);
  const label = labelOf(frame, film.timebase);
  return (
    <>
      <input
        type="range"
        aria-label={t("review.timeline")}
        aria-valuetext={label}
        className={styles.range}
        min={0}
        max={total - 1}
        value={Math.min(frame, total - 1)}
        onChange={(event) => onSeek(Number(event.target.value))}
      />
      <output className={`mono ${styles.position}`}>{label}</output>
    </>
  );
}
