import { type EdgeAddress, isSameStream, TokenKeeper } from "./edgeToken";
import { FrameClock } from "./frameClock";
import { type Level, openFile, openStream, type Stream, type StreamFailure } from "./hlsSource";
import { Seeker, seekExact } from "./seekExact";
import { Store } from "./store";
import { clampFrame, countedRate, frameAt, middleOf, type Timebase } from "./timecode";

export interface PlayerSource {
  readonly format: "hls" | "file";
  readonly address: EdgeAddress;
}

export interface PlayerState {
  readonly playing: boolean;
  readonly waiting: boolean;
  /** Whether the picture on screen is one of this source; until then a stand-in may be shown. */
  readonly presented: boolean;
  /** Signed: -2 is twice backwards. */
  readonly speed: number;
  readonly volume: number;
  readonly muted: boolean;
  readonly levels: readonly Level[];
  /** The level asked for, -1 for automatic, and the one on screen. */
  readonly wantedLevel: number;
  readonly shownLevel: number;
  /** Frames buffered around the playhead, and how many frames can be reached by now. */
  readonly bufferedUntil: number;
  readonly reachable: number;
  readonly failure: { readonly kind: StreamFailure; readonly detail: string } | null;
}

const FIRST_STATE: PlayerState = {
  playing: false,
  waiting: false,
  presented: false,
  speed: 1,
  volume: 1,
  muted: false,
  levels: [],
  wantedLevel: -1,
  shownLevel: -1,
  bufferedUntil: 0,
  reachable: 0,
  failure: null,
};

const FASTEST = 8;
/** Pictures per second when running backwards, which browsers cannot do by themselves. */
const BACKWARD_HZ = 12;

/**
 * The player: one media element, one stream, one clock of frames. It knows nothing of assets, comments or React.
 *
 * All positions are integer frames of the timebase; seconds exist only between here and the media element.
 */
export class Player {
  readonly state = new Store<PlayerState>(FIRST_STATE);
  readonly clock = new FrameClock();
  private video: HTMLVideoElement | null = null;
  private timebase: Timebase | null = null;
  private source: PlayerSource | null = null;
  private stream: Stream | null = null;
  private keeper: TokenKeeper | null = null;
  private backward: ReturnType<typeof setInterval> | undefined;
  private generation = 0;
  private unlisten: (() => void) | null = null;
  private readonly seeker = new Seeker((frame) => this.show(frame));
  private readonly askAgain: () => Promise<EdgeAddress | null>;

  /** `askAgain` fetches a fresh address of the same stream when its token nears its end. */
  constructor(askAgain: () => Promise<EdgeAddress | null>, startAt = 0) {
    this.askAgain = askAgain;
    if (startAt > 0) this.clock.settle({ frame: startAt, verified: false });
  }

  attach(video: HTMLVideoElement): () => void {
    this.video = video;
    const { volume, muted } = this.state.get();
    video.volume = volume;
    video.muted = muted;
    this.unlisten = this.listen(video);
    if (this.timebase) this.clock.attach(video, this.timebase);
    if (this.source) void this.open(this.source, this.clock.current);
    return () => this.detach();
  }

  private detach(): void {
    this.generation += 1;
    this.stopBackward();
    this.clock.detach();
    this.stream?.destroy();
    this.stream = null;
    this.unlisten?.();
    this.video = null;
  }

  setTimebase(timebase: Timebase): void {
    this.timebase = timebase;
    if (this.video) {
      this.clock.attach(this.video, timebase);
      this.measure();
    }
  }

  /** Plays a source. The same stream under a newer token goes on undisturbed; another one takes over where we are. */
  load(source: PlayerSource): void {
    const same = this.source !== null && isSameStream(this.source.address.url, source.address.url);
    this.source = source;
    if (same) this.keeper?.take(source.address);
    else if (this.video) void this.open(source, this.clock.current);
  }

  /** Tries again after a failure. */
  retry(): void {
    if (this.source && this.video) void this.open(this.source, this.clock.current);
  }

  private async open(source: PlayerSource, frame: number): Promise<void> {
    const video = this.video;
    if (!video) return;
    this.generation += 1;
    const generation = this.generation;
    const resume = this.state.get().playing;
    this.stream?.destroy();
    this.stream = null;
    this.keeper = new TokenKeeper(source.address, this.askAgain);
    this.state.patch({ failure: null, levels: [], wantedLevel: -1, shownLevel: -1, presented: false });
    const options = {
      url: source.address.url,
      keeper: this.keeper,
      startAt: this.timebase && frame > 0 ? middleOf(frame, this.timebase) : 0,
      onLevels: (levels: readonly Level[]) => this.state.patch({ levels }),
      onLevel: (shownLevel: number) => this.state.patch({ shownLevel }),
      onFailure: (kind: StreamFailure, detail: string) => this.fail(kind, detail),
    };
    const stream = source.format === "hls" ? await openStream(video, options) : openFile(video, options);
    if (generation !== this.generation) {
      stream.destroy();
      return;
    }
    this.stream = stream;
    // Frame 0 too: what a browser shows of its own accord may be a poster, or nothing.
    void this.seek(frame);
    if (resume) this.play();
  }

  /** What was taken away is not also out of reach: requests that were under way end badly too. */
  private fail(kind: StreamFailure, detail: string): void {
    if (this.state.get().failure?.kind !== "revoked") this.state.patch({ failure: { kind, detail } });
  }

  private listen(video: HTMLVideoElement): () => void {
    const handlers: Partial<Record<keyof HTMLMediaElementEventMap, () => void>> = {
      play: () => this.state.patch({ playing: true }),
      pause: () => this.state.patch({ playing: false, waiting: false }),
      waiting: () => this.state.patch({ waiting: true }),
      playing: () => this.state.patch({ waiting: false, presented: true }),
      seeked: () => this.state.patch({ waiting: false }),
      canplay: () => this.state.patch({ waiting: false }),
      volumechange: () => this.state.patch({ volume: video.volume, muted: video.muted }),
      ratechange: () => {
        if (!this.backward) this.state.patch({ speed: video.playbackRate });
      },
      durationchange: () => this.measure(),
      progress: () => this.measure(),
      timeupdate: () => this.measure(),
    };
    const entries = Object.entries(handlers);
    for (const [name, handler] of entries) video.addEventListener(name, handler);
    return () => {
      for (const [name, handler] of entries) video.removeEventListener(name, handler);
    };
  }

  /** Reads how far the media element could play from here. */
  private measure(): void {
    const { video, timebase } = this;
    if (!video || !timebase) return;
    let until = 0;
    for (let range = 0; range < video.buffered.length; range += 1) {
      if (video.buffered.start(range) <= video.currentTime + 0.1)
        until = Math.max(until, video.buffered.end(range));
    }
    const reachable = Number.isFinite(video.duration) ? frameAt(video.duration, timebase) : 0;
    const bufferedUntil = frameAt(until, timebase);
    const now = this.state.get();
    if (now.reachable !== reachable || now.bufferedUntil !== bufferedUntil) {
      this.state.patch({ reachable, bufferedUntil });
    }
  }

  play(): void {
    this.stopBackward();
    const { video, timebase } = this;
    if (!video) return;
    video.playbackRate = 1;
    const atEnd = timebase?.frameCount != null && this.clock.current >= timebase.frameCount - 1;
    const ready = atEnd ? this.seek(0) : Promise.resolve();
    // A browser may refuse to start sound without a gesture; the button then still shows "play".
    void ready.then(() => video.play()).catch(() => undefined);
  }

  pause(): void {
    this.stopBackward();
    this.video?.pause();
  }

  toggle(): void {
    if (this.state.get().playing || this.backward) this.pause();
    else this.play();
  }

  /** J and L: each press in the same direction doubles the speed, the other direction starts at one. */
  shuttle(direction: 1 | -1): void {
    const { playing, speed } = this.state.get();
    const running = playing || this.backward !== undefined;
    const next = running && Math.sign(speed) === direction ? Math.min(FASTEST, Math.abs(speed) * 2) : 1;
    if (direction === 1) this.forward(next);
    else this.runBackward(next);
  }

  private forward(speed: number): void {
    this.play();
    if (this.video) this.video.playbackRate = speed;
  }

  private runBackward(speed: number): void {
    const { video, timebase } = this;
    if (!video || !timebase) return;
    this.stopBackward();
    video.pause();
    const step = Math.max(1, Math.round((countedRate(timebase.rate) * speed) / BACKWARD_HZ));
    this.state.patch({ speed: -speed });
    this.backward = setInterval(() => {
      if (this.seeker.pending !== null) return;
      if (this.clock.current === 0) this.pause();
      else void this.seek(this.clock.current - step);
    }, 1000 / BACKWARD_HZ);
  }

  private stopBackward(): void {
    if (this.backward === undefined) return;
    clearInterval(this.backward);
    this.backward = undefined;
    this.state.patch({ speed: 1 });
  }

  /** Shows a frame and stays there, playing or not. */
  seek(frame: number): Promise<void> {
    if (!this.timebase) return Promise.resolve();
    return this.seeker.to(clampFrame(frame, this.timebase));
  }

  /** Pauses and moves by whole frames, counted from where the last step will end. */
  step(frames: number): void {
    this.pause();
    void this.seek((this.seeker.pending ?? this.clock.current) + frames);
  }

  /** The frame that a seek under way leads to. */
  get target(): number | null {
    return this.seeker.pending;
  }

  /** Plays a little faster or slower, to stay beside another player; 0 waits. */
  setRate(rate: number): void {
    if (this.video && this.video.playbackRate !== rate) this.video.playbackRate = rate;
  }

  private async show(frame: number): Promise<void> {
    const { video, timebase } = this;
    if (!video || !timebase) return;
    // The element may be emptied of the last source only now: until this one is known there is nowhere to seek.
    const opened = this.generation;
    while (video.readyState < HTMLMediaElement.HAVE_METADATA) {
      await new Promise((resolve) => onceAny(video, resolve));
      if (opened !== this.generation) return;
    }
    if (!video.paused) {
      video.currentTime = middleOf(frame, timebase);
      this.clock.settle({ frame, verified: false });
      return;
    }
    const { generation } = this;
    const reading = await seekExact(video, frame, timebase);
    this.clock.settle(reading);
    if (generation === this.generation && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA)
      this.state.patch({ presented: true });
  }

  setVolume(volume: number): void {
    if (!this.video) return;
    this.video.volume = Math.min(1, Math.max(0, volume));
    this.video.muted = volume === 0;
  }

  setMuted(muted: boolean): void {
    this.state.patch({ muted });
    if (this.video) this.video.muted = muted;
  }

  toggleMuted(): void {
    if (this.video) this.video.muted = !this.video.muted;
  }

  setLevel(index: number): void {
    this.stream?.setLevel(index);
    this.state.patch({ wantedLevel: index });
  }
}

function onceAny(video: HTMLVideoElement, done: (value: unknown) => void): void {
  for (const name of ["loadedmetadata", "emptied"]) video.addEventListener(name, done, { once: true });
}
