import { type EdgeAddress, Player, parseRate, type Timebase } from "@/player";
import {
  type Clip,
  type Conformance,
  chanceOf,
  type Format,
  type Layout,
  NOTHING,
  type Plan,
  percentile,
  placesOf,
  type Row,
  tallied,
} from "./model";
import { FrameReader } from "./readFrame";

const READY_WITHIN_MS = 30_000;
const ASK_EVERY_MS = 1500;

export class Stopped extends Error {}

/** Asks for the clips until they are made. */
export async function fetchClips(signal: AbortSignal): Promise<Conformance> {
  for (;;) {
    const response = await fetch("/api/conformance", { signal });
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    const told: Conformance = await response.json();
    if (told.state === "ready") return told;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    signal.throwIfAborted();
  }
}

interface Task {
  readonly clip: Clip;
  readonly format: Format;
  readonly layout: Layout;
  readonly plan: Plan;
  readonly expiresAt: number;
  readonly video: HTMLVideoElement;
  readonly signal: AbortSignal;
  /** Called with what is known so far. */
  readonly onRow: (row: Row) => void;
}

/** Plays one clip in one format with the portal's own player, and compares every frame asked for with the pixels. */
export async function measureClip(task: Task): Promise<Row> {
  const { clip, format, video, signal } = task;
  let row: Row = {
    clip: clip.name,
    rate: clip.rate,
    format,
    frames: clip.frame_count,
    first: null,
    seeks: NOTHING,
    steps: NOTHING,
    stills: NOTHING,
    verified: 0,
    seekMs: { p50: 0, p95: 0 },
    error: null,
  };
  const change = (part: Partial<Row>): void => {
    row = { ...row, ...part };
    task.onRow(row);
  };
  const player = new Player(() => addressOf(clip.name, format, signal));
  player.setTimebase(timebaseOf(clip));
  const detach = player.attach(video);
  try {
    player.load({
      format: format === "hls" ? "hls" : "file",
      address: { url: clip[format], expiresAt: task.expiresAt },
    });
    const reader = new FrameReader(task.layout);
    await presented(player, signal);
    change({ first: reader.read(video) });
    await seekAbout(task, player, reader, () => row, change);
    await stepAlong(task, player, reader, () => row, change);
    if (format === task.plan.formats[0]) await compareStills(task, reader, () => row, change);
  } catch (error) {
    if (signal.aborted) throw new Stopped();
    change({ error: error instanceof Error ? error.message : String(error) });
  } finally {
    detach();
  }
  return row;
}

type Change = (part: Partial<Row>) => void;

async function seekAbout(task: Task, player: Player, reader: FrameReader, row: () => Row, change: Change) {
  const { clip, plan, signal } = task;
  const chance = chanceOf(`${clip.name} ${task.format}`);
  const taken: number[] = [];
  for (const frame of placesOf(plan.seeks, clip.frame_count, chance)) {
    const started = performance.now();
    await player.seek(frame);
    taken.push(performance.now() - started);
    signal.throwIfAborted();
    change({
      seeks: tallied(row().seeks, frame, reader.read(task.video)),
      verified: row().verified + (player.clock.reading.get().verified ? 1 : 0),
      seekMs: { p50: percentile(taken, 0.5), p95: percentile(taken, 0.95) },
    });
  }
}

/** Half of the steps forward from a place in the middle, half of them back. */
async function stepAlong(task: Task, player: Player, reader: FrameReader, row: () => Row, change: Change) {
  const { clip, plan, signal } = task;
  const forward = Math.min(Math.ceil(plan.steps / 2), clip.frame_count - 1);
  let frame = Math.floor((clip.frame_count - forward) / 2);
  await player.seek(frame);
  for (let step = 0; step < plan.steps; step += 1) {
    const by = step < forward ? 1 : -1;
    if (frame + by < 0 || frame + by >= clip.frame_count) break;
    frame += by;
    await player.seek(frame);
    signal.throwIfAborted();
    change({ steps: tallied(row().steps, frame, reader.read(task.video)) });
  }
}

async function compareStills(task: Task, reader: FrameReader, row: () => Row, change: Change) {
  const { clip, plan, signal } = task;
  for (const frame of placesOf(plan.stills, clip.frame_count, chanceOf(`${clip.name} stills`))) {
    const shown = await reader.readStill(new URL(clip.frames.replace("{n}", String(frame))).pathname);
    signal.throwIfAborted();
    change({ stills: tallied(row().stills, frame, shown) });
  }
}

function timebaseOf(clip: Clip): Timebase {
  const rate = parseRate(clip.rate);
  if (!rate) throw new Error(`${clip.rate} is no rate`);
  return { rate, firstPts: 0, frameCount: clip.frame_count, startFrame: 0, dropFrame: false };
}

async function addressOf(name: string, format: Format, signal: AbortSignal): Promise<EdgeAddress | null> {
  const told = await fetchClips(signal);
  const clip = told.clips.find((each) => each.name === name);
  return clip && told.expires_at ? { url: clip[format], expiresAt: Date.parse(told.expires_at) } : null;
}

/** Waits until the first picture of this source is on screen. */
function presented(player: Player, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => finish(new Error("nothing was shown")), READY_WITHIN_MS);
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      unsubscribe();
      signal.removeEventListener("abort", onAbort);
      if (error) reject(error);
      else resolve();
    };
    const look = (): void => {
      const { presented: isThere, failure } = player.state.get();
      if (failure) finish(new Error(`${failure.kind} ${failure.detail}`));
      else if (isThere) finish();
    };
    const onAbort = (): void => finish(new Stopped());
    const unsubscribe = player.state.subscribe(look);
    signal.addEventListener("abort", onAbort);
    look();
  });
}
