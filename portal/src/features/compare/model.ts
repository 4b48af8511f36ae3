import type { Playback } from "@/api/types";
import { type ReviewAccess, sourceOf, timingOf } from "@/features/review";

/** A version as it is compared. */
export interface Shown {
  readonly access: ReviewAccess;
  readonly version: string;
  readonly name: string;
  readonly playback: Playback;
}

/** Whether it plays frame by frame. */
export function isFilm(playback: Playback): boolean {
  return timingOf(playback.media)?.unit === "frame" && sourceOf(playback) !== null;
}

/** The picture of what does not play; null where there is none. */
export function stillOf(playback: Playback): string | null {
  return playback.media.kind === "image" ? (playback.thumbnails["1280"] ?? playback.poster) : null;
}
