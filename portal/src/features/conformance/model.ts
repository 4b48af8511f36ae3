import type { components } from "@/api/schema";

export type Conformance = components["schemas"]["ConformanceOutput"];
export type Clip = components["schemas"]["ConformanceClipOutput"];
export type Layout = components["schemas"]["ConformanceLayoutOutput"];
export type Format = "hls" | "mp4";

/** How much is asked of the player; `?seeks=20&steps=10&stills=4&clips=25,29.97&formats=mp4` asks for less. */
export interface Plan {
  readonly seeks: number;
  readonly steps: number;
  readonly stills: number;
  readonly clips: readonly string[] | null;
  readonly formats: readonly Format[];
}

const MOST = { seeks: 2000, steps: 1000, stills: 100 } as const;
const USUAL = { seeks: 200, steps: 100, stills: 12 } as const;
const FORMATS: readonly Format[] = ["hls", "mp4"];

export function planOf(search: string): Plan {
  const query = new URLSearchParams(search);
  const count = (name: keyof typeof USUAL): number => {
    const given = Number.parseInt(query.get(name) ?? "", 10);
    return Number.isNaN(given) ? USUAL[name] : Math.min(MOST[name], Math.max(0, given));
  };
  const list = (name: string): string[] | null => query.get(name)?.split(",").filter(Boolean) ?? null;
  const formats = list("formats");
  return {
    seeks: count("seeks"),
    steps: count("steps"),
    stills: count("stills"),
    clips: list("clips"),
    formats: formats ? FORMATS.filter((format) => formats.includes(format)) : FORMATS,
  };
}

/** A frame that was asked for and what the pixels said; -1 where they could not be read. */
export interface Miss {
  readonly wanted: number;
  readonly shown: number;
}

export interface Tally {
  readonly done: number;
  readonly exact: number;
  readonly misses: readonly Miss[];
}

/** What was found for one clip in one format. */
export interface Row {
  readonly clip: string;
  readonly rate: string;
  readonly format: Format;
  readonly frames: number;
  /** The frame on screen before anything was asked for. */
  readonly first: number | null;
  readonly seeks: Tally;
  readonly steps: Tally;
  /** Stills of `frames/{n}.webp` that show frame n; only with the first format of a clip. */
  readonly stills: Tally;
  /** Seeks that the browser itself confirmed by `requestVideoFrameCallback`. */
  readonly verified: number;
  readonly seekMs: { readonly p50: number; readonly p95: number };
  readonly error: string | null;
}

export const NOTHING: Tally = { done: 0, exact: 0, misses: [] };
const MISSES_KEPT = 20;

export function tallied(before: Tally, wanted: number, shown: number): Tally {
  const exact = wanted === shown;
  return {
    done: before.done + 1,
    exact: before.exact + (exact ? 1 : 0),
    misses:
      exact || before.misses.length >= MISSES_KEPT ? before.misses : [...before.misses, { wanted, shown }],
  };
}

export function isExact(row: Row): boolean {
  const tallies = [row.seeks, row.steps, row.stills];
  return row.error === null && row.first === 0 && tallies.every(({ done, exact }) => done === exact);
}

export interface Report {
  readonly exact: boolean;
  readonly browser: string;
  readonly finished_at: string;
  readonly plan: Plan;
  readonly rows: readonly Row[];
}

export function reportOf(plan: Plan, rows: readonly Row[], browser: string, now: Date): Report {
  return {
    exact: rows.length > 0 && rows.every(isExact),
    browser,
    finished_at: now.toISOString(),
    plan,
    rows,
  };
}

/** Places that look random and are the same each time for the same clip, so that a miss can be found again. */
export function chanceOf(seed: string): () => number {
  let state = 2166136261;
  for (const letter of seed) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** The frames to ask for: the first and last two always, the rest by chance. */
export function placesOf(count: number, frames: number, chance: () => number): number[] {
  const edges = [0, 1, frames - 2, frames - 1].filter((frame) => frame >= 0 && frame < frames);
  const places = Array.from({ length: count }, () => Math.floor(chance() * frames));
  return [...edges.slice(0, count), ...places.slice(edges.length)].slice(0, count);
}

export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
}
