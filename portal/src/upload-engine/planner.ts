import type { StoredPart, UploadPlan } from "./types";

/** How many part addresses are asked for at once. */
export const SIGN_BATCH = 16;

/** First byte and the byte after the last of a part. */
export function partRange(number: number, plan: UploadPlan, sizeBytes: number): [start: number, end: number] {
  const start = (number - 1) * plan.partSize;
  return [start, Math.min(sizeBytes, start + plan.partSize)];
}

/** The numbers of the parts that storage does not have yet, in order. */
export function missingParts(plan: UploadPlan, received: Iterable<StoredPart>): number[] {
  const have = new Set([...received].map((part) => part.number));
  const missing: number[] = [];
  for (let number = 1; number <= plan.partCount; number += 1) {
    if (!have.has(number)) missing.push(number);
  }
  return missing;
}

/** Bytes that storage already has. */
export function receivedBytes(plan: UploadPlan, received: Iterable<StoredPart>, sizeBytes: number): number {
  let total = 0;
  for (const { number } of received) {
    const [start, end] = partRange(number, plan, sizeBytes);
    total += end - start;
  }
  return total;
}

/** The parts to sign when the address of `number` is needed: that one and those that follow it. */
export function signBatch(number: number, waiting: readonly number[], signed: ReadonlySet<number>): number[] {
  const next = waiting.filter((candidate) => candidate !== number && !signed.has(candidate));
  return [number, ...next.slice(0, SIGN_BATCH - 1)];
}

/** Milliseconds to wait before trying a part again. */
export function retryDelay(attempt: number): number {
  return Math.min(30_000, 1000 * 2 ** attempt);
}

const WINDOW_MS = 6000;

/** Bytes per second over the last few seconds. */
export class SpeedMeter {
  private samples: { at: number; bytes: number }[] = [];

  record(bytes: number, at: number): void {
    this.samples.push({ at, bytes });
    while (this.samples.length > 2 && (this.samples[0]?.at ?? 0) < at - WINDOW_MS) this.samples.shift();
  }

  /** Lets time pass without bytes. */
  tick(at: number): void {
    const last = this.samples.at(-1);
    if (last) this.record(last.bytes, at);
  }

  reset(): void {
    this.samples = [];
  }

  get bytesPerSecond(): number {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last || last.at - first.at < 250) return 0;
    return Math.max(0, ((last.bytes - first.bytes) * 1000) / (last.at - first.at));
  }
}

/** Seconds until all bytes are sent; null while the speed is not known. */
export function secondsLeft(sizeBytes: number, sentBytes: number, bytesPerSecond: number): number | null {
  return bytesPerSecond > 0 ? (sizeBytes - sentBytes) / bytesPerSecond : null;
}

interface FileFacts {
  readonly project: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly lastModified: number;
}

/** Whether a file picked again is the one an interrupted upload began with. */
export function isSameFile(one: FileFacts, other: FileFacts): boolean {
  return (
    one.project === other.project &&
    one.name === other.name &&
    one.sizeBytes === other.sizeBytes &&
    one.lastModified === other.lastModified
  );
}
