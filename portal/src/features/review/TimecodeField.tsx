import { type FormEvent, type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { clockLabel, frameOfTimecode, labelOf, useFrame } from "@/player";
import { Button } from "@/ui";
import type { Timing } from "./media";
import { useRoom } from "./room";
import styles from "./Transport.module.css";

const MODES = ["timecode", "frames", "time"] as const;
type Mode = (typeof MODES)[number];

const MODE_NAMES: Readonly<Record<Mode, string>> = { timecode: "TC", frames: "F", time: "T" };

function textOf(frame: number, mode: Mode, { timebase }: Timing): string {
  switch (mode) {
    case "timecode":
      return labelOf(frame, timebase);
    case "frames":
      return String(frame);
    case "time":
      return clockLabel((frame * timebase.rate.den) / timebase.rate.num);
  }
}

/** The frame that a typed position means; null when it means none. */
export function frameOfText(text: string, { timebase }: Timing): number | null {
  const { rate, dropFrame, startFrame, frameCount } = timebase;
  const typed = text.trim();
  if (/^\d+$/.test(typed)) return inside(Number(typed), frameCount);
  const label = frameOfTimecode(typed, rate, dropFrame);
  if (label !== null) return inside(label - startFrame, frameCount);
  const clock = /^(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(typed);
  if (!clock) return null;
  const seconds = Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
  return inside(Math.floor((seconds * rate.num) / rate.den + 1e-6), frameCount);
}

function inside(frame: number, frameCount: number | null): number | null {
  return frame >= 0 && (frameCount === null || frame < frameCount) ? frame : null;
}

/** Where the playhead is; a click makes it a field to type a position into. */
export function TimecodeField({ timing }: { timing: Timing }) {
  const { t } = useTranslation();
  const { player } = useRoom();
  const { frame, verified } = useFrame(player);
  const [chosen, setChosen] = useState<Mode>("timecode");
  const [editing, setEditing] = useState<string | null>(null);
  const mode = timing.unit === "ms" ? "time" : chosen;
  const target = editing === null ? null : frameOfText(editing, timing);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (target === null) return;
    player.pause();
    void player.seek(target);
    setEditing(null);
  };
  if (editing !== null) {
    return (
      <form onSubmit={submit}>
        <input
          // biome-ignore lint/a11y/noAutofocus: the field replaces the button that was just pressed
          autoFocus
          aria-label={t("review.goTo")}
          aria-invalid={target === null}
          className={styles.timecode}
          value={editing}
          onChange={(event) => setEditing(event.target.value)}
          onFocus={(event) => event.target.select()}
          onBlur={() => setEditing(null)}
          onKeyDown={(event: KeyboardEvent) => {
            if (event.key === "Escape") setEditing(null);
          }}
        />
      </form>
    );
  }
  const text = textOf(frame, mode, timing);
  return (
    <div className={styles.clock}>
      <button
        type="button"
        className={styles.timecode}
        aria-label={`${t("review.timecode")}: ${text}`}
        title={verified || timing.unit === "ms" ? t("review.goTo") : t("review.unverified")}
        onClick={() => {
          player.pause();
          setEditing(text);
        }}
      >
        {verified || timing.unit === "ms" ? null : <span className={styles.unverified}>~</span>}
        {text}
      </button>
      {timing.unit === "frame" ? (
        <Button
          look="quiet"
          size="small"
          aria-label={`${MODE_NAMES[mode]}: ${t("review.timecodeMode")}`}
          onPress={() => setChosen(MODES[(MODES.indexOf(mode) + 1) % MODES.length] ?? "timecode")}
        >
          {MODE_NAMES[mode]}
        </Button>
      ) : null}
    </div>
  );
}
