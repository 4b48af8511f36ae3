import { putPart } from "@/upload-engine";
import { transport } from "./transport";

interface Sending {
  project: string;
  signal: AbortSignal;
  /** Share of the file that has been sent. */
  onProgress: (share: number) => void;
}

/** Sends a file that does not become an asset, part by part; returns the id of its upload. */
export async function sendFile(file: File, { project, signal, onProgress }: Sending): Promise<string> {
  const { plan, parts } = await transport.presign({
    project,
    asset: null,
    folder: "",
    name: file.name,
    sizeBytes: file.size,
    type: file.type || "text/plain",
    key: crypto.randomUUID(),
  });
  const urls = new Map(parts.map(({ number, url }) => [number, url]));
  const stored: { number: number; etag: string }[] = [];
  for (let number = 1; number <= plan.partCount; number += 1) {
    const start = (number - 1) * plan.partSize;
    const url = urls.get(number) ?? (await transport.sign(plan.uploadId, [number]))[0]?.url ?? "";
    const etag = await putPart(url, file.slice(start, start + plan.partSize), {
      onProgress: (bytes) => onProgress((start + bytes) / file.size),
      signal,
    });
    stored.push({ number, etag });
  }
  await transport.complete(plan.uploadId, stored);
  return plan.uploadId;
}
