import type { Job, Playback } from "@/api/types";

/** How far the making of a version's previews is: live for members, as often as they ask for guests. */
export interface Building {
  /** 0 to 1; null while it waits. */
  readonly progress: number | null;
  readonly renditions: readonly Job["renditions"][number][];
  readonly secondsLeft: number | null;
  /** Builds that come first; null once it is being made. */
  readonly position: number | null;
}

/** Puts the playback's own account and the live job's into one: the job's is newer where there is one. */
export function buildingOf(playback: Playback, job: Job | null): Building {
  const waits = job ? job.state === "queued" : playback.queue_position !== null;
  const source = job && !waits ? job : playback;
  return {
    progress: waits ? null : source.progress,
    renditions: source.renditions,
    secondsLeft: playback.estimate_s,
    position: waits ? playback.queue_position : null,
  };
}

/** Seconds in the words that people use for such a wait. */
export function roughly(seconds: number): {
  key: "seconds" | "tens" | "minutes" | "hours";
  count: number;
} {
  if (seconds < 10) return { key: "seconds", count: Math.max(1, Math.round(seconds)) };
  if (seconds < 55) return { key: "tens", count: Math.ceil(seconds / 10) * 10 };
  if (seconds < 55 * 60) return { key: "minutes", count: Math.max(1, Math.round(seconds / 60)) };
  return { key: "hours", count: Math.max(1, Math.round(seconds / 3600)) };
}
