import { PartSender } from "./partSender";
import { isSameFile, receivedBytes, retryDelay, SpeedMeter } from "./planner";
import { Semaphore } from "./semaphore";
import type {
  HashFile,
  PlacedFile,
  PutPart,
  SessionShelf,
  SignedPart,
  StoredPart,
  UploadFailure,
  UploadItem,
  UploadPlan,
  UploadTransport,
} from "./types";
import { UploadList } from "./uploadList";

export interface EngineOptions {
  transport: UploadTransport;
  put: PutPart;
  hash: HashFile;
  shelf: SessionShelf;
  /** Parts in flight at once, over all files. */
  parallelParts?: number;
  parallelFiles?: number;
  now?: () => number;
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

interface Target {
  project: string;
  asset?: string | null;
}

/** What the engine holds of an upload beside what it shows. */
interface Work {
  file: File | null;
  plan: UploadPlan | null;
  signed: readonly SignedPart[];
  received: Map<number, StoredPart>;
  digest: Promise<string> | null;
  stopHash: AbortController | null;
  stop: AbortController | null;
  meter: SpeedMeter;
}

/**
 * Uploads files straight to storage: parts in parallel by signed addresses, the digest computed meanwhile, then complete
 * and promote. It knows no page and no HTTP client; both are given to it.
 */
export class UploadEngine {
  readonly list = new UploadList();
  private readonly works = new Map<string, Work>();
  private readonly options: Required<EngineOptions>;
  private readonly lanes: Semaphore;
  private readonly files: Semaphore;

  constructor(options: EngineOptions) {
    this.options = { parallelParts: 4, parallelFiles: 3, now: Date.now, wait: waitFor, ...options };
    this.lanes = new Semaphore(this.options.parallelParts);
    this.files = new Semaphore(this.options.parallelFiles);
  }

  /** Brings back the uploads that a reload interrupted; each waits for its file to be picked again. */
  async restore(): Promise<void> {
    for (const session of await this.options.shelf.list()) {
      if (this.works.has(session.id)) continue;
      const { plan, ...facts } = session;
      this.works.set(session.id, { ...emptyWork(null), plan });
      this.list.add({
        ...newItem({ ...facts, folder: facts.folder ?? "" }),
        sentBytes: session.sentBytes,
        phase: "needs-file",
      });
    }
  }

  /** Adds files; one that an interrupted upload began with continues that upload. */
  add(files: Iterable<File | PlacedFile>, target: Target): void {
    for (const given of files) {
      const { file, folder } = given instanceof File ? { file: given, folder: "" } : given;
      const facts = {
        project: target.project,
        asset: target.asset ?? null,
        folder,
        name: file.name,
        sizeBytes: file.size,
        lastModified: file.lastModified,
      };
      const waiting = this.list.find(
        (item) =>
          item.phase === "needs-file" && isSameFile(item, facts) && (folder === "" || folder === item.folder),
      );
      if (waiting) this.give(waiting.id, file);
      else this.begin(file, facts);
    }
  }

  private begin(file: File, facts: Omit<UploadItem, keyof typeof FRESH | "id">): void {
    const id = crypto.randomUUID();
    this.works.set(id, emptyWork(file));
    this.list.add(newItem({ id, ...facts }));
    if (file.size === 0) this.fail(id, { code: "file", message: "The file is empty.", requestId: undefined });
    else this.start(id);
  }

  /** Gives an interrupted upload its file back; false when it is another file. */
  give(id: string, file: File): boolean {
    const item = this.list.item(id);
    const work = this.works.get(id);
    const facts = { name: file.name, sizeBytes: file.size, lastModified: file.lastModified };
    if (!item || !work || !isSameFile(item, { ...item, ...facts })) return false;
    work.file = file;
    this.start(id);
    return true;
  }

  pause(id: string): void {
    this.works.get(id)?.stop?.abort();
    this.list.patch(id, { phase: "paused", bytesPerSecond: 0 });
  }

  resume(id: string): void {
    this.start(id);
  }

  /** Tries a failed upload again, with all that storage already has. */
  retry(id: string): void {
    this.start(id);
  }

  /** Sends everything anew, for a digest that did not match. */
  restart(id: string): void {
    const work = this.works.get(id);
    if (!work) return;
    this.works.set(id, emptyWork(work.file));
    this.list.patch(id, { sentBytes: 0, hashedBytes: 0, jobId: null, failure: null });
    this.start(id);
  }

  /** Stops an upload, drops what storage has of it and forgets it. */
  async cancel(id: string): Promise<void> {
    const work = this.works.get(id);
    this.forget(id);
    if (work?.plan) await this.options.transport.abort(work.plan.uploadId).catch(() => undefined);
  }

  /** Takes an upload off the list; the server keeps what it has. */
  forget(id: string): void {
    const work = this.works.get(id);
    work?.stop?.abort();
    work?.stopHash?.abort();
    this.works.delete(id);
    this.list.remove(id);
    void this.options.shelf.remove(id);
  }

  private start(id: string): void {
    const work = this.works.get(id);
    if (!work) return;
    if (!work.file) {
      this.list.patch(id, { phase: "needs-file" });
      return;
    }
    work.stop?.abort();
    const stop = new AbortController();
    work.stop = stop;
    work.meter.reset();
    this.list.patch(id, { phase: "queued", failure: null });
    this.startHash(id, work, work.file);
    void this.files
      .hold(() => this.run(id, work, stop.signal))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) this.fail(id, this.options.transport.explain(error));
      });
  }

  private startHash(id: string, work: Work, file: File): void {
    if (work.digest) return;
    const stopHash = new AbortController();
    work.stopHash = stopHash;
    work.digest = this.options.hash(file, {
      onProgress: (hashedBytes) => this.list.patch(id, { hashedBytes }),
      signal: stopHash.signal,
    });
    work.digest.catch(() => {
      work.digest = null;
    });
  }

  private async run(id: string, work: Work, signal: AbortSignal): Promise<void> {
    const { transport, shelf } = this.options;
    const item = this.list.item(id);
    const { file } = work;
    if (!item || !file || signal.aborted) return;
    this.list.patch(id, { phase: "uploading" });
    const { plan, uploaded } = await this.plan(item, work, file, signal);
    signal.throwIfAborted();
    if (!uploaded) {
      await this.sendParts(id, work, { file, plan, signal });
      this.list.patch(id, { phase: "finishing", sentBytes: file.size, bytesPerSecond: 0 });
      const parts = [...work.received.values()].sort((a, b) => a.number - b.number);
      await this.reach(id, signal, () => transport.complete(plan.uploadId, parts));
    }
    this.list.patch(id, { phase: "finishing", sentBytes: file.size, bytesPerSecond: 0 });
    const sha256 = await (work.digest ?? Promise.reject(new Error("The file could not be read.")));
    signal.throwIfAborted();
    const request = {
      stagingKey: plan.stagingKey,
      project: item.project,
      asset: item.asset,
      name: item.name,
    };
    const { jobId } = await this.reach(id, signal, () => transport.promote({ ...request, sha256 }));
    this.list.patch(id, { phase: "sent", jobId });
    await shelf.remove(id);
  }

  /** Asks the server; where there is no way to it, again and again until there is one. */
  private async reach<Answer>(id: string, signal: AbortSignal, ask: () => Promise<Answer>): Promise<Answer> {
    const { transport, wait } = this.options;
    for (let attempt = 0; ; attempt += 1) {
      const phase = this.list.item(id)?.phase;
      try {
        return await ask();
      } catch (error) {
        signal.throwIfAborted();
        if (transport.explain(error).code !== "network") throw error;
        this.list.patch(id, { phase: "offline", bytesPerSecond: 0 });
        await wait(retryDelay(attempt), signal);
        if (phase) this.list.patch(id, { phase });
      }
    }
  }

  /** The plan to work by: that of an earlier attempt as long as the server still keeps it, else a new one. */
  private async plan(
    item: UploadItem,
    work: Work,
    file: File,
    signal: AbortSignal,
  ): Promise<{ plan: UploadPlan; uploaded: boolean }> {
    const { transport } = this.options;
    if (work.plan) {
      const { uploadId } = work.plan;
      const { state, received } = await this.reach(item.id, signal, () => transport.look(uploadId));
      work.signed = [];
      if (state !== "gone") {
        work.received = new Map(received.map((part) => [part.number, part]));
        return { plan: work.plan, uploaded: state === "uploaded" };
      }
    }
    const { project, asset, folder, name, sizeBytes } = item;
    const type = file.type || "application/octet-stream";
    const request = { project, asset, folder, name, sizeBytes, type, key: crypto.randomUUID() };
    const { plan, parts } = await this.reach(item.id, signal, () => transport.presign(request));
    work.plan = plan;
    work.signed = parts;
    work.received = new Map();
    await this.keep(item.id, work);
    return { plan, uploaded: false };
  }

  private async sendParts(
    id: string,
    work: Work,
    { file, plan, signal }: { file: File; plan: UploadPlan; signal: AbortSignal },
  ): Promise<void> {
    const { transport, put, parallelParts, now, wait } = this.options;
    const sender = new PartSender({
      file,
      plan,
      received: work.received,
      signed: work.signed,
      transport: {
        sign: (uploadId, numbers) => this.reach(id, signal, () => transport.sign(uploadId, numbers)),
      },
      put,
      lanes: this.lanes,
      parallel: parallelParts,
      signal,
      wait,
      onSent: (sentBytes) => {
        if (signal.aborted) return;
        work.meter.record(sentBytes, now());
        this.list.patch(id, { sentBytes, bytesPerSecond: work.meter.bytesPerSecond });
      },
      onPart: () => void this.keep(id, work),
      onOffline: (offline) => {
        const phase = this.list.item(id)?.phase;
        if (offline && phase === "uploading") this.list.patch(id, { phase: "offline", bytesPerSecond: 0 });
        if (!offline && phase === "offline") this.list.patch(id, { phase: "uploading" });
      },
    });
    // A stream of bytes that has stopped must not go on showing the speed it had.
    const clock = setInterval(() => {
      work.meter.tick(now());
      if (this.list.item(id)?.phase === "uploading")
        this.list.patch(id, { bytesPerSecond: work.meter.bytesPerSecond });
    }, 1000);
    try {
      await sender.run();
    } finally {
      clearInterval(clock);
    }
  }

  private async keep(id: string, work: Work): Promise<void> {
    const item = this.list.item(id);
    if (!item || !work.plan) return;
    const { project, asset, folder, name, sizeBytes, lastModified } = item;
    const sentBytes = receivedBytes(work.plan, work.received.values(), sizeBytes);
    await this.options.shelf.save({
      id,
      project,
      asset,
      folder,
      name,
      sizeBytes,
      lastModified,
      plan: work.plan,
      sentBytes,
    });
  }

  private fail(id: string, failure: UploadFailure): void {
    this.list.patch(id, { phase: "failed", failure, bytesPerSecond: 0 });
  }
}

const FRESH = {
  phase: "queued",
  sentBytes: 0,
  hashedBytes: 0,
  bytesPerSecond: 0,
  failure: null,
  jobId: null,
} as const satisfies Partial<UploadItem>;

function newItem(facts: Omit<UploadItem, keyof typeof FRESH>): UploadItem {
  return { ...FRESH, ...facts };
}

function emptyWork(file: File | null): Work {
  return {
    file,
    plan: null,
    signed: [],
    received: new Map(),
    digest: null,
    stopHash: null,
    stop: null,
    meter: new SpeedMeter(),
  };
}

/** Waits; a network that comes back ends the wait early. */
function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const clear = (): void => {
      clearTimeout(timer);
      removeEventListener("online", finish);
      signal.removeEventListener("abort", abort);
    };
    const finish = (): void => {
      clear();
      resolve();
    };
    const abort = (): void => {
      clear();
      reject(signal.reason);
    };
    const timer = setTimeout(finish, ms);
    addEventListener("online", finish);
    signal.addEventListener("abort", abort);
  });
}
