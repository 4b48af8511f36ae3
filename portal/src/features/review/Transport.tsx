import {
  Check,
  Maximize,
  Minimize,
  Pause,
  Play,
  Settings2,
  StepBack,
  StepForward,
  Volume2,
  VolumeX,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import { usePlayerState } from "@/player";
import { Badge, IconButton, Menu, MenuItem } from "@/ui";
import type { Timing } from "./media";
import { useRoom } from "./room";
import { TimecodeField } from "./TimecodeField";
import styles from "./Transport.module.css";

interface TransportProps {
  timing: Timing;
  isFullscreen: boolean;
  onFullscreen: () => void;
}

/** The buttons under the picture. */
export function Transport({ timing, isFullscreen, onFullscreen }: TransportProps) {
  const { t } = useTranslation();
  const { player } = useRoom();
  const { playing, speed } = usePlayerState(player);
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
        <QualityMenu />
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

function QualityMenu() {
  const { t } = useTranslation();
  const { player } = useRoom();
  const { levels, wantedLevel, shownLevel } = usePlayerState(player);
  if (levels.length < 2) return null;
  const shown = levels.find((level) => level.index === shownLevel);
  const auto = wantedLevel === -1 && shown ? t("review.autoNow", { height: shown.height }) : t("review.auto");
  return (
    <Menu
      label={t("review.quality")}
      placement="top end"
      trigger={
        <IconButton label={t("review.quality")}>
          <Settings2 />
        </IconButton>
      }
    >
      <MenuItem
        label={auto}
        onAction={() => player.setLevel(-1)}
        {...(wantedLevel === -1 && { hint: <Check aria-hidden="true" /> })}
      />
      {[...levels]
        .sort((one, other) => other.height - one.height)
        .map((level) => (
          <MenuItem
            key={level.index}
            label={`${level.height}p`}
            onAction={() => player.setLevel(level.index)}
            hint={
              wantedLevel === level.index ? (
                <Check aria-hidden="true" />
              ) : (
                <Badge>{(level.bitrate / 1_000_000).toFixed(1)} Mb/s</Badge>
              )
            }
          />
        ))}
    </Menu>
  );
}
