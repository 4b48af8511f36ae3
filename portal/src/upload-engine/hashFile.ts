import type { HashAnswer, HashRequest } from "./hashMessages";
import type { HashFile } from "./types";

/** Hashes in a worker of its own, so that neither the page nor the upload waits. */
export const hashFile: HashFile = (file, { onProgress, signal }) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./hash.worker.ts", import.meta.url), { type: "module" });
    const finish = (): void => {
      signal.removeEventListener("abort", abort);
      worker.terminate();
    };
    const abort = (): void => {
      finish();
      reject(signal.reason);
    };
    worker.onmessage = ({ data }: MessageEvent<HashAnswer>) => {
      switch (data.kind) {
        case "progress":
          onProgress(data.bytes);
          return;
        case "digest":
          finish();
          resolve(data.sha256);
          return;
        case "failed":
          finish();
          reject(new Error(`The file could not be read. ${data.message}`));
      }
    };
    worker.onerror = () => {
      finish();
      reject(new Error("The file could not be read."));
    };
    signal.addEventListener("abort", abort);
    const request: HashRequest = { file };
    worker.postMessage(request);
  });
