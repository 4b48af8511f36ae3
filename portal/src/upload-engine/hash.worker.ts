import { createSHA256 } from "hash-wasm";
import type { HashAnswer, HashRequest } from "./hashMessages";

declare const self: DedicatedWorkerGlobalScope;

const SLICE_BYTES = 8 * 1024 * 1024;

async function digestOf(file: File): Promise<string> {
  const hasher = await createSHA256();
  for (let start = 0; start < file.size; start += SLICE_BYTES) {
    const slice = file.slice(start, start + SLICE_BYTES);
    hasher.update(new Uint8Array(await slice.arrayBuffer()));
    answer({ kind: "progress", bytes: start + slice.size });
  }
  return hasher.digest("hex");
}

function answer(message: HashAnswer): void {
  self.postMessage(message);
}

self.onmessage = (event: MessageEvent<HashRequest>) => {
  digestOf(event.data.file).then(
    (sha256) => answer({ kind: "digest", sha256 }),
    (error: unknown) => answer({ kind: "failed", message: error instanceof Error ? error.message : "" }),
  );
};
