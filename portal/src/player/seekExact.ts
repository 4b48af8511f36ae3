import type { FrameReading } from "./frameClock";
import { frameAt, frameOfMediaTime, middleOf, type Timebase } from "./timecode";

/** How long a picture may take to appear once the browser says that it has sought. */
const PICTURE_WITHIN_MS = 400;
/** How long the seek itself may take: the segment may have to come over the network. */
const SEEK_WITHIN_MS = 15_000;

/**
 * Shows exactly one frame.
 *
 * Seeks to the frame's middle, waits until the browser reports that very picture, and tries once more, a hair beside,
 * when another one came. Without a report the answer is what the playhead says, marked as unverified.
 */
export async function seekExact(
  video: HTMLVideoElement,
  frame: number,
  timebase: Timebase,
): Promise<FrameReading> {
  const halfFrame = timebase.rate.den / timebase.rate.num / 2;
  for (const nudge of [0, -0.2 * halfFrame]) {
    const shown = pictureOf(video, frame, timebase);
    video.currentTime = middleOf(frame, timebase) + nudge;
    await settled(video);
    if (await shown()) return { frame, verified: true };
    // Somebody pressed play meanwhile; a second try would pull the picture back.
    if (!video.paused) break;
  }
  return { frame: frameAt(video.currentTime, timebase), verified: false };
}

/** Starts watching for the picture of a frame; the returned function answers whether it came. */
function pictureOf(video: HTMLVideoElement, frame: number, timebase: Timebase): () => Promise<boolean> {
  if (!("requestVideoFrameCallback" in video)) return () => Promise.resolve(false);
  let handle = 0;
  let seen = false;
  let onSeen: (() => void) | null = null;
  const look: VideoFrameRequestCallback = (_now, picture) => {
    if (frameOfMediaTime(picture.mediaTime, timebase) === frame) {
      seen = true;
      onSeen?.();
      return;
    }
    handle = video.requestVideoFrameCallback(look);
  };
  handle = video.requestVideoFrameCallback(look);
  return () =>
    new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        video.cancelVideoFrameCallback(handle);
        resolve(seen);
      };
      const timer = setTimeout(finish, PICTURE_WITHIN_MS);
      onSeen = finish;
      if (seen) finish();
    });
}

function settled(video: HTMLVideoElement): Promise<void> {
  if (!video.seeking) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      video.removeEventListener("seeked", finish);
      video.removeEventListener("emptied", finish);
      resolve();
    };
    const timer = setTimeout(finish, SEEK_WITHIN_MS);
    video.addEventListener("seeked", finish);
    video.addEventListener("emptied", finish);
  });
}

/** Runs seeks one after the other; while one is under way only the latest wish is kept. */
export class Seeker {
  private wish: number | null = null;
  private running: Promise<void> | null = null;
  private readonly show: (frame: number) => Promise<void>;

  constructor(show: (frame: number) => Promise<void>) {
    this.show = show;
  }

  /** The frame that will be on screen when all is done; null when nothing is under way. */
  private target: number | null = null;

  get pending(): number | null {
    return this.target;
  }

  to(frame: number): Promise<void> {
    this.wish = frame;
    this.target = frame;
    this.running ??= this.work().finally(() => {
      this.running = null;
      this.target = null;
    });
    return this.running;
  }

  private async work(): Promise<void> {
    while (this.wish !== null) {
      const frame = this.wish;
      this.wish = null;
      await this.show(frame);
    }
  }
}
