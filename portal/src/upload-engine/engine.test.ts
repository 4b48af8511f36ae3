import { describe, expect, it, vi } from "vitest";
import { type EngineOptions, UploadEngine } from "./engine";
import {
  PutError,
  type SessionShelf,
  type StoredPart,
  type UploadSession,
  type UploadTransport,
} from "./types";

const PART = 10;
const file = (size = 35, name = "clip.mov") => new File([new Uint8Array(size)], name, { lastModified: 7 });

/** A server and a storage that keep what they get. */
class FakeServer {
  readonly stored = new Map<number, StoredPart>();
  readonly signedBatches: number[][] = [];
  readonly puts: number[] = [];
  state: "open" | "uploaded" | "gone" = "open";
  aborted: string[] = [];
  promoted: string[] = [];
  generation = 0;
  /** Decides about a put; throws to refuse it. */
  judge: (number: number, generation: number) => void = () => undefined;
  /** Called before each request to the server but `look`; throws to refuse it. */
  gate: (request: string) => void = () => undefined;
  keys: string[] = [];

  readonly transport: UploadTransport = {
    presign: async ({ sizeBytes, key }) => {
      this.keys.push(key);
      this.gate("presign");
      return {
        plan: { uploadId: "u1", stagingKey: "s1", partSize: PART, partCount: Math.ceil(sizeBytes / PART) },
        parts: [1, 2].map((number) => this.signed(number)),
      };
    },
    sign: async (_id, numbers) => {
      this.gate("sign");
      this.generation += 1;
      this.signedBatches.push([...numbers]);
      return numbers.map((number) => this.signed(number));
    },
    look: async () => ({ state: this.state, received: [...this.stored.values()] }),
    complete: async () => {
      this.gate("complete");
      this.state = "uploaded";
    },
    promote: async ({ sha256 }) => {
      this.gate("promote");
      this.promoted.push(sha256);
      return { jobId: "j1" };
    },
    abort: async (id) => {
      this.aborted.push(id);
    },
    explain: (error) => ({
      code: error instanceof TypeError ? "network" : "test",
      message: error instanceof Error ? error.message : "?",
      requestId: undefined,
    }),
  };

  private signed(number: number) {
    return { number, url: `${number}/${this.generation}` };
  }

  readonly put: EngineOptions["put"] = async (url, bytes, { onProgress, signal }) => {
    const [number, generation] = url.split("/").map(Number) as [number, number];
    await Promise.resolve();
    signal.throwIfAborted();
    this.puts.push(number);
    this.judge(number, generation);
    onProgress(bytes.size);
    this.stored.set(number, { number, etag: `e${number}` });
    return `e${number}`;
  };
}

function memoryShelf(): SessionShelf & { rows: Map<string, UploadSession> } {
  const rows = new Map<string, UploadSession>();
  return {
    rows,
    list: async () => [...rows.values()],
    save: async (session) => void rows.set(session.id, session),
    remove: async (id) => void rows.delete(id),
  };
}

function engineOn(server: FakeServer, rest: Partial<EngineOptions> = {}): UploadEngine {
  return new UploadEngine({
    transport: server.transport,
    put: server.put,
    hash: async () => "d1",
    shelf: memoryShelf(),
    wait: async () => undefined,
    ...rest,
  });
}

function only(engine: UploadEngine) {
  const item = engine.list.get()[0];
  if (!item) throw new Error("the list is empty");
  return item;
}

const reaches = (engine: UploadEngine, phase: string) =>
  vi.waitFor(() => expect(only(engine).phase).toBe(phase));

describe("UploadEngine", () => {
  it("sends every part once, signs those it has no address for, and promotes with the digest", async () => {
    const server = new FakeServer();
    const engine = engineOn(server);

    engine.add([file()], { project: "p" });

    await reaches(engine, "sent");
    expect([...server.puts].sort()).toEqual([1, 2, 3, 4]);
    expect(server.signedBatches.flat().sort()).toEqual([3, 4]);
    expect(server.promoted).toEqual(["d1"]);
    expect(only(engine)).toMatchObject({ sentBytes: 35, jobId: "j1" });
  });

  it("signs a part again when its address has expired", async () => {
    const server = new FakeServer();
    server.judge = (number, generation) => {
      if (number === 1 && generation === 0) throw new PutError(403);
    };
    const engine = engineOn(server);

    engine.add([file()], { project: "p" });

    await reaches(engine, "sent");
    expect(server.signedBatches.flat()).toContain(1);
  });

  it("fails in words when storage keeps refusing", async () => {
    const server = new FakeServer();
    server.judge = () => {
      throw new PutError(403);
    };
    const engine = engineOn(server);
    engine.add([file()], { project: "p" });
    await reaches(engine, "failed");
    expect(only(engine).failure?.message).toBe("Storage answered 403.");
  });

  it("waits out a lost network and a storage that is busy", async () => {
    const server = new FakeServer();
    let refusals = 12;
    server.judge = () => {
      refusals -= 1;
      if (refusals > 0) throw new PutError(refusals % 2 === 0 ? 0 : 503);
    };
    const engine = engineOn(server);
    engine.add([file()], { project: "p" });
    await reaches(engine, "sent");
  });

  it("goes on after a sleep in which the network was lost and every address expired", async () => {
    const server = new FakeServer();
    let silences = 3;
    server.judge = (_number, generation) => {
      silences -= 1;
      if (silences >= 0) throw new PutError(0);
      if (generation === 0) throw new PutError(403);
    };
    const engine = engineOn(server, { parallelParts: 1 });

    engine.add([file(20)], { project: "p" });

    await reaches(engine, "sent");
    // The second address, as old as the first, was not tried again only to be refused.
    expect(server.puts).toEqual([1, 1, 1, 1, 1, 2]);
  });

  it("reaches the server again after every lost request, and opens one upload", async () => {
    const server = new FakeServer();
    const lost = new Set<string>();
    const phases: string[] = [];
    server.gate = (request) => {
      if (lost.has(request)) return;
      lost.add(request);
      throw new TypeError("Failed to fetch");
    };
    const engine = engineOn(server, { wait: async () => void phases.push(only(engine).phase) });

    engine.add([file()], { project: "p" });

    await reaches(engine, "sent");
    expect([...lost].sort()).toEqual(["complete", "presign", "promote", "sign"]);
    expect(phases).toEqual(["offline", "offline", "offline", "offline"]);
    expect(new Set(server.keys).size).toBe(1);
  });

  it("says that a file has changed, and does not wait for a network that is there", async () => {
    const server = new FakeServer();
    server.judge = () => {
      throw new PutError(0);
    };
    const changed = file();
    const gone = { arrayBuffer: () => Promise.reject(new DOMException("", "NotReadableError")) };
    changed.slice = () => gone as unknown as Blob;
    const engine = engineOn(server);

    engine.add([changed], { project: "p" });

    await reaches(engine, "failed");
    expect(only(engine).failure?.message).toContain("changed");
  });

  it("sends only what is missing after a retry", async () => {
    const server = new FakeServer();
    server.judge = (number) => {
      if (number === 3) throw new PutError(418);
    };
    const engine = engineOn(server, { parallelParts: 1 });
    engine.add([file()], { project: "p" });
    await reaches(engine, "failed");
    server.judge = () => undefined;
    server.puts.length = 0;

    engine.retry(only(engine).id);

    await reaches(engine, "sent");
    expect(server.puts).toEqual([3, 4]);
  });

  it("pauses and goes on", async () => {
    const server = new FakeServer();
    let release = (): void => undefined;
    const gate = new Promise<void>((open) => {
      release = open;
    });
    const engine = engineOn(server, {
      put: async (url, bytes, options) => {
        await gate;
        return server.put(url, bytes, options);
      },
    });
    engine.add([file()], { project: "p" });
    await reaches(engine, "uploading");

    engine.pause(only(engine).id);
    release();
    await Promise.resolve();
    expect(only(engine).phase).toBe("paused");

    engine.resume(only(engine).id);
    await reaches(engine, "sent");
  });

  it("continues after a reload when the same file is picked again, and no other", async () => {
    const server = new FakeServer();
    const shelf = memoryShelf();
    server.judge = (number) => {
      if (number > 2) throw new PutError(418);
    };
    const before = engineOn(server, { shelf, parallelParts: 1 });
    before.add([file()], { project: "p" });
    await reaches(before, "failed");
    server.judge = () => undefined;
    server.puts.length = 0;

    const after = engineOn(server, { shelf });
    await after.restore();
    expect(only(after)).toMatchObject({ phase: "needs-file", sentBytes: 20 });
    expect(after.give(only(after).id, file(35, "other.mov"))).toBe(false);
    after.add([file()], { project: "p" });

    await reaches(after, "sent");
    expect(server.puts.sort()).toEqual([3, 4]);
    expect(after.list.get()).toHaveLength(1);
    expect(shelf.rows.size).toBe(0);
  });

  it("starts anew when the server no longer keeps the upload", async () => {
    const server = new FakeServer();
    server.judge = () => {
      throw new PutError(418);
    };
    const engine = engineOn(server);
    engine.add([file()], { project: "p" });
    await reaches(engine, "failed");
    server.judge = () => undefined;
    server.state = "gone";
    engine.retry(only(engine).id);
    await reaches(engine, "sent");
  });

  it("drops what storage has when cancelled", async () => {
    const server = new FakeServer();
    server.judge = () => {
      throw new PutError(418);
    };
    const engine = engineOn(server);
    engine.add([file()], { project: "p" });
    await reaches(engine, "failed");
    await engine.cancel(only(engine).id);
    expect(server.aborted).toEqual(["u1"]);
    expect(engine.list.get()).toEqual([]);
  });

  it("refuses an empty file at once", () => {
    const engine = engineOn(new FakeServer());
    engine.add([file(0)], { project: "p" });
    expect(only(engine)).toMatchObject({ phase: "failed", failure: { code: "file" } });
  });
});
