import { Store } from "./store";
import { frameAt, frameOfMediaTime, type Timebase } from "./timecode";

export interface FrameReading {
  readonly frame: number;
  /** Whether the browser reported this very picture; false is shown as "~". */
  readonly verified: boolean;
}

/** React learns of a new frame at most this often while playing; drawing code hears of each one. */
const REPORT_EVERY_MS = 100;

/** Knows which frame is on screen. It asks the browser per presented picture, never the playhead's time alone. */
export class FrameClock {
  readonly reading = new Store<FrameReading>({ frame: 0, verified: true });
  private readonly listeners = new Set<(frame: number) => void>();
  private frame = 0;
  private verified = true;
  private reportedAt = 0;
  private stop: (() => void) | null = null;

  /** The frame on screen now, without the delay of `reading`. */
  get current(): number {
    return this.frame;
  }

  /** Calls back for every presented frame; for drawing, not for React state. */
  onFrame(listener: (frame: number) => void): () => void {
    this.listeners.add(listener);
    listener(this.frame);
    return () => this.listeners.delete(listener);
  }

  attach(video: HTMLVideoElement, timebase: Timebase): void {
    this.detach();
    this.stop =
      "requestVideoFrameCallback" in video ? this.follow(video, timebase) : this.poll(video, timebase);
  }

  detach(): void {
    this.stop?.();
    this.stop = null;
  }

  /** Takes the outcome of a seek, or an announced target while the seek is under way. */
  settle(reading: FrameReading): void {
    this.frame = reading.frame;
    this.verified = reading.verified;
    this.tell(true);
  }

  private follow(video: HTMLVideoElement, timebase: Timebase): () => void {
    let handle = 0;
    const onPicture: VideoFrameRequestCallback = (_now, picture) => {
      if (!video.seeking) {
        this.frame = frameOfMediaTime(picture.mediaTime, timebase);
        this.verified = true;
        this.tell(video.paused);
      }
      handle = video.requestVideoFrameCallback(onPicture);
    };
    handle = video.requestVideoFrameCallback(onPicture);
    return () => video.cancelVideoFrameCallback(handle);
  }

  /** For browsers that do not report pictures, and for sound alone. */
  private poll(video: HTMLVideoElement, timebase: Timebase): () => void {
    let handle = 0;
    const look = (): void => {
      if (!video.paused && !video.seeking) {
        this.frame = frameAt(video.currentTime, timebase);
        this.verified = false;
        this.tell(false);
      }
      handle = requestAnimationFrame(look);
    };
    handle = requestAnimationFrame(look);
    return () => cancelAnimationFrame(handle);
  }

  private tell(now: boolean): void {
    for (const listener of this.listeners) listener(this.frame);
    const time = performance.now();
    if (!now && time - this.reportedAt < REPORT_EVERY_MS) return;
    this.reportedAt = time;
    const { frame, verified } = this.reading.get();
    if (frame !== this.frame || verified !== this.verified) {
      this.reading.set({ frame: this.frame, verified: this.verified });
    }
  }
}
