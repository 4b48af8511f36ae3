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
  private readonly waiting: number[];
  private readonly inFlight = new Map<number, number>();
  private signing: Promise<void> = Promise.resolve();
  private done: number;

  constructor(options: PartSenderOptions) {
    this.options = options;
    const { plan, received, signed, file } = options;
    for (const part of signed) this.urls.set(part.number, part.url);
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
    for (let attempt = 0; ; attempt += 1) {
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
        await this.afterFailure(error, number, attempt, signal);
      }
    }
  }

  /** Waits before the next attempt, or gives the error on when another attempt makes no sense. */
  private async afterFailure(
    error: unknown,
    number: number,
    attempt: number,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    if (!(error instanceof PutError)) throw error;
    if (error.status === 0) this.options.onOffline(true);
    const expired = error.status === 403 || error.status === 400;
    if (expired) this.urls.delete(number);
    const passing = error.status === 0 || expired || error.status === 429 || error.status >= 500;
    // Without a network there is no point in counting: it goes on when the network is back.
    const giveUpAfter = error.status === 0 ? Number.POSITIVE_INFINITY : expired ? 2 : ATTEMPTS;
    if (!passing || attempt + 1 >= giveUpAfter) throw error;
    await this.options.wait(expired ? 0 : retryDelay(attempt), signal);
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
    for (const part of await transport.sign(plan.uploadId, batch)) this.urls.set(part.number, part.url);
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
