import type { TFunction } from "i18next";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Playback } from "@/api/types";
import { type Player, usePlayerState } from "@/player";
import { Badge, Button, classNames } from "@/ui";
import { roughly } from "./building";
import { DrawingOver } from "./DrawingOver";
import { SoundWave } from "./SoundWave";
import styles from "./Viewer.module.css";

interface VideoStageProps {
  player: Player;
  mediaRef: (video: HTMLVideoElement | null) => (() => void) | undefined;
  playback: Playback;
  title: string;
  /** The stream could not be loaded: its files may have gone. */
  onMissing: () => void;
}

/** The picture, or the waveform of sound, and what stands over it while it waits or fails. */
export function VideoStage({ player, mediaRef, playback, title, onMissing }: VideoStageProps) {
  const { t } = useTranslation();
  const { kind, width, height } = playback.media;
  const isSound = kind === "audio";
  const [size, setSize] = useState({ width: width ?? 16, height: height ?? 9 });
  return (
    <>
      {isSound ? <SoundWave url={playback.waveform} seconds={playback.media.duration ?? 0} /> : null}
      {/* biome-ignore lint/a11y/useMediaCaption: masters under review come without captions */}
      <video
        ref={mediaRef}
        aria-label={title}
        playsInline
        preload="auto"
        crossOrigin="anonymous"
        disablePictureInPicture
        className={classNames(styles.video, isSound && "visually-hidden")}
        onClick={() => player.toggle()}
        onLoadedMetadata={({ currentTarget: { videoWidth, videoHeight } }) => {
          if (videoWidth > 0 && videoHeight > 0) setSize({ width: videoWidth, height: videoHeight });
        }}
      />
      {isSound ? null : <StandIn player={player} url={playback.poster} />}
      {isSound ? null : <DrawingOver {...size} />}
      {playback.state === "ready" ? null : (
        <span className={styles.chip}>
          {playback.reason ? (
            <Badge tone="warn">{playback.reason}</Badge>
          ) : (
            <Badge tone="accent">{partialText(t, playback.estimate_s)}</Badge>
          )}
        </span>
      )}
      <Cover player={player} onMissing={onMissing} />
    </>
  );
}

/** The poster, dimmed: it is another picture than the one that the position names, and must not pass for it. */
function StandIn({ player, url }: { player: Player; url: string | null }) {
  const { presented } = usePlayerState(player);
  return url && !presented ? <img src={url} alt="" className={styles.standIn} /> : null;
}

/** "Playable, still building: about 2 minutes". */
function partialText(t: TFunction, secondsLeft: number | null): string {
  if (secondsLeft === null) return t("preview.partial");
  const { key, count } = roughly(secondsLeft);
  return t("preview.partialAbout", { time: t(`preview.about.${key}`, { count }) });
}

function Cover({ player, onMissing }: { player: Player; onMissing: () => void }) {
  const { t } = useTranslation();
  const { failure, waiting } = usePlayerState(player);
  const isNetwork = failure?.kind === "network";
  const tell = useRef(onMissing);
  tell.current = onMissing;
  useEffect(() => {
    if (isNetwork) tell.current();
  }, [isNetwork]);
  if (failure) {
    return (
      <div className={styles.cover}>
        <div className={styles.building} role="alert">
          <h2>{t(`review.streamFailed.${failure.kind}`)}</h2>
          {failure.detail ? <p className="mono">{failure.detail}</p> : null}
          {failure.kind === "revoked" || failure.kind === "unsupported" ? null : (
            <Button onPress={() => player.retry()}>{t("ui.retry")}</Button>
          )}
        </div>
      </div>
    );
  }
  if (!waiting) return null;
  return (
    <div className={styles.cover} role="status" aria-label={t("ui.loading")}>
      <span className={styles.spinner} />
    </div>
  );
}
