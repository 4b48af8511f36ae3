import { Maximize, Minimize, Pause, Play, StepBack, StepForward, Volume2, VolumeX } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { usePlayerState } from "@/player";
import { IconButton } from "@/ui";
import type { Timing } from "./media";
import { useRoom } from "./room";
import { TimecodeField } from "./TimecodeField";
import styles from "./Transport.module.css";

// A menu weighs more than all the other controls; nothing plays any later for it.
const QualityMenu = lazy(() => import("./QualityMenu").then(({ QualityMenu: menu }) => ({ default: menu })));

interface TransportProps {
  timing: Timing;
  isFullscreen: boolean;
  onFullscreen: () => void;
}

/** The buttons under the picture. */
export function Transport({ timing, isFullscreen, onFullscreen }: TransportProps) {
  const { t } = useTranslation();
  const { player } = useRoom();
  const { playing, speed, levels } = usePlayerState(player);
  const moving = playing || speed < 0;
  return (
    <div className={styles.transport}>
      <div className={styles.side}>
        <IconButton
          label={moving ? t("review.pause") : t("review.play")}
          shortcut="Space"
          onPress={() => player.toggle()}
        >
          {moving ? <Pause /> : <Play />}
        </IconButton>
        <IconButton label={t("review.previousFrame")} shortcut="←" onPress={() => player.step(-1)}>
          <StepBack />
        </IconButton>
        <IconButton label={t("review.nextFrame")} shortcut="→" onPress={() => player.step(1)}>
          <StepForward />
        </IconButton>
        <span className={styles.speed} aria-live="polite">
          {moving && speed !== 1 ? t("review.speed", { speed }) : null}
        </span>
      </div>
      <TimecodeField timing={timing} />
      <div className={`${styles.side} ${styles.end}`}>
        <VolumeControl />
        {levels.length > 1 ? (
          <Suspense>
            <QualityMenu />
          </Suspense>
        ) : null}
        <IconButton
          label={isFullscreen ? t("review.exitFullscreen") : t("review.fullscreen")}
          shortcut="F"
          onPress={onFullscreen}
        >
          {isFullscreen ? <Minimize /> : <Maximize />}
        </IconButton>
      </div>
    </div>
  );
}

function VolumeControl() {
  const { t } = useTranslation();
  const { player } = useRoom();
  const { muted, volume } = usePlayerState(player);
  const silent = muted || volume === 0;
  return (
    <>
      <IconButton
        label={silent ? t("review.unmute") : t("review.mute")}
        shortcut="M"
        onPress={() => player.toggleMuted()}
      >
        {silent ? <VolumeX /> : <Volume2 />}
      </IconButton>
      <input
        type="range"
        min={0}
        max={1}
        step={0.05}
        aria-label={t("review.volume")}
        className={styles.volume}
        value={silent ? 0 : volume}
        onChange={(event) => player.setVolume(Number(event.target.value))}
      />
    </>
  );
}
