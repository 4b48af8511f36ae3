import { missingParts, partRange, receivedBytes, retryDelay, signBatch } from "./planner";
import type { Semaphore } from "./semaphore";
import {
  PutError,
  type PutPart,
  type SignedPart,
  type StoredPart,
  type UploadPlan,
  type UploadTransport,
} from "./types";

const ATTEMPTS = 6;

/** What has gone wrong with one part since it last got anywhere. */
interface Trials {
  /** Storage was busy, or something stood in its way. */
  busy: number;
  /** A fresh address was refused as well. */
  refused: number;
  /** Nobody answered. */
  lost: number;
}

interface PartSenderOptions {
  file: File;
  plan: UploadPlan;
  received: Map<number, StoredPart>;
  signed: readonly SignedPart[];
  transport: Pick<UploadTransport, "sign">;
  put: PutPart;
  lanes: Semaphore;
  parallel: number;
  signal: AbortSignal;
  onSent: (sentBytes: number) => void;
  onPart: () => void;
  onOffline: (offline: boolean) => void;
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Sends the missing parts of one file in parallel, with new addresses where old ones have expired. */
export class PartSender {
  private readonly options: PartSenderOptions;
  private readonly urls = new Map<number, string>();
  /** Addresses that were signed together expire together. */
  private batches: ReadonlySet<number>[] = [];
  private readonly waiting: number[];
  private readonly inFlight = new Map<number, number>();
  private signing: Promise<void> = Promise.resolve();
  private done: number;

  constructor(options: PartSenderOptions) {
    this.options = options;
    const { plan, received, signed, file } = options;
    this.keepUrls(signed);
    this.waiting = missingParts(plan, received.values());
    this.done = receivedBytes(plan, received.values(), file.size);
  }

  async run(): Promise<void> {
    const stop = new AbortController();
    const signal = AbortSignal.any([this.options.signal, stop.signal]);
    const lane = async (): Promise<void> => {
      for (let number = this.waiting.shift(); number !== undefined; number = this.waiting.shift()) {
        signal.throwIfAborted();
        await this.send(number, signal);
      }
    };
    try {
      await Promise.all(Array.from({ length: this.options.parallel }, lane));
    } catch (error) {
      // The other lanes would go on sending a file that has failed.
      stop.abort();
      throw error;
    }
  }

  private async send(number: number, signal: AbortSignal): Promise<void> {
    const { file, plan, lanes, put, received } = this.options;
    const [start, end] = partRange(number, plan, file.size);
    const trials: Trials = { busy: 0, refused: 0, lost: 0 };
    for (;;) {
      try {
        const etag = await lanes.hold(async () =>
          put(await this.urlOf(number), file.slice(start, end), {
            onProgress: (bytes) => this.progress(number, bytes),
            signal,
          }),
        );
        this.inFlight.delete(number);
        this.done += end - start;
        received.set(number, { number, etag });
        this.options.onOffline(false);
        this.options.onSent(this.sentBytes);
        this.options.onPart();
        return;
      } catch (error) {
        this.progress(number, 0);
        await this.afterFailure(error, number, trials, signal);
      }
    }
  }

  /** Waits before the next attempt, or gives the error on when another attempt makes no sense. */
  private async afterFailure(
    error: unknown,
    number: number,
    trials: Trials,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    if (!(error instanceof PutError)) throw error;
    if (error.status === 0) {
      await this.afterSilence(number, trials, signal);
      return;
    }
    if (error.status === 403 || error.status === 400) {
      trials.refused += 1;
      this.dropUrls(number);
      if (trials.refused > 1) throw error;
      return;
    }
    trials.busy += 1;
    if ((error.status !== 429 && error.status < 500) || trials.busy >= ATTEMPTS) throw error;
    await this.options.wait(retryDelay(trials.busy - 1), signal);
  }

  /** Waits for the network as long as it takes; the address may well have expired by then. */
  private async afterSilence(number: number, trials: Trials, signal: AbortSignal): Promise<void> {
    await this.checkFile(number);
    this.options.onOffline(true);
    await this.options.wait(retryDelay(trials.lost), signal);
    trials.lost += 1;
    trials.busy = 0;
    trials.refused = 0;
  }

  /** A browser says of a file that has changed what it says of a lost network: nothing. */
  private async checkFile(number: number): Promise<void> {
    const { file, plan } = this.options;
    const [start] = partRange(number, plan, file.size);
    try {
      await file.slice(start, start + 1).arrayBuffer();
    } catch {
      throw new Error("The file was changed, moved or removed while it was sent. Choose it again.");
    }
  }

  private async urlOf(number: number): Promise<string> {
    // One question at a time: lanes that start together share the answer of the first.
    this.signing = this.signing.then(() => this.sign(number));
    const signing = this.signing;
    this.signing = signing.catch(() => undefined);
    await signing;
    const url = this.urls.get(number);
    if (url === undefined) throw new PutError(403);
    return url;
  }

  private async sign(number: number): Promise<void> {
    if (this.urls.has(number)) return;
    const { transport, plan } = this.options;
    const batch = signBatch(number, this.waiting, new Set(this.urls.keys()));
    this.keepUrls(await transport.sign(plan.uploadId, batch));
  }

  private keepUrls(parts: readonly SignedPart[]): void {
    for (const { number, url } of parts) this.urls.set(number, url);
    this.batches.push(new Set(parts.map(({ number }) => number)));
  }

  /** Forgets an address that was refused, with those as old: each would cost a part to find out. */
  private dropUrls(number: number): void {
    if (!this.urls.delete(number)) return;
    const stale = this.batches.filter((batch) => batch.has(number));
    this.batches = this.batches.filter((batch) => !batch.has(number));
    for (const each of stale.flatMap((batch) => [...batch])) {
      if (!this.batches.some((batch) => batch.has(each))) this.urls.delete(each);
    }
  }

  private progress(number: number, bytes: number): void {
    this.inFlight.set(number, bytes);
    this.options.onSent(this.sentBytes);
  }

  private get sentBytes(): number {
    let total = this.done;
    for (const bytes of this.inFlight.values()) total += bytes;
    return total;
  }
}
