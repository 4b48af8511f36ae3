import type { Media, Playback } from "@/api/types";
import { frameOfTimecode, type PlayerSource, parseRate, type Timebase } from "@/player";

/** What positions on a version count: video frames, or milliseconds of sound. */
export type Unit = "frame" | "ms";

export interface Timing {
  readonly unit: Unit;
  readonly timebase: Timebase;
}

/** How positions are counted on a version; null for what has no time, or while it is not known. */
export function timingOf(media: Media): Timing | null {
  if (media.kind === "audio") return media.duration === null ? null : soundTiming(media.duration);
  const rate = parseRate(media.frame_rate);
  if (media.kind !== "video" || !rate) return null;
  const dropFrame = media.drop_frame ?? false;
  return {
    unit: "frame",
    timebase: {
      rate,
      dropFrame,
      firstPts: media.first_pts ?? 0,
      frameCount: media.frame_count,
      startFrame: media.start_timecode ? (frameOfTimecode(media.start_timecode, rate, dropFrame) ?? 0) : 0,
    },
  };
}

function soundTiming(seconds: number): Timing {
  return {
    unit: "ms",
    timebase: {
      rate: { num: 1000, den: 1 },
      dropFrame: false,
      firstPts: 0,
      frameCount: Math.max(1, Math.floor(seconds * 1000)),
      startFrame: 0,
    },
  };
}

/** What to play: the stream, or the file of a clip too short for one. */
export function sourceOf(playback: Pick<Playback, "hls" | "mp4" | "expires_at">): PlayerSource | null {
  const url = playback.hls ?? playback.mp4;
  if (!url || !playback.expires_at) return null;
  return {
    format: playback.hls ? "hls" : "file",
    address: { url, expiresAt: Date.parse(playback.expires_at) },
  };
}

/** Part of the life of signed addresses after which new ones are fetched. */
const RENEW_AFTER = 0.7;
const BUILDING_EVERY_MS = 4000;

/** Whether nothing more will come: a damaged file stays partial, and says why. */
export function isSettled({ state, reason }: Pick<Playback, "state" | "reason">): boolean {
  return state === "ready" || state === "failed" || (state === "partial" && reason !== null);
}

/** When to ask for playback again: soon while something is being built, else before the signatures end. */
export function askAgainIn(playback: Playback | undefined, fetchedAt: number): number | false {
  if (!playback) return false;
  const renewal = playback.expires_at
    ? (Date.parse(playback.expires_at) - fetchedAt) * RENEW_AFTER
    : Number.POSITIVE_INFINITY;
  if (!isSettled(playback)) return Math.max(1000, Math.min(BUILDING_EVERY_MS, renewal));
  if (playback.state === "failed") return false;
  return Number.isFinite(renewal) ? Math.max(5000, renewal) : false;
}
