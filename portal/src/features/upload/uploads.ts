import { useEffect, useSyncExternalStore } from "react";
import { browserShelf, hashFile, putPart, UploadEngine, type UploadItem } from "@/upload-engine";
import { transport } from "./transport";

/** The uploads of this tab. They outlive pages, so they are not the state of any component. */
export const uploads = new UploadEngine({ transport, put: putPart, hash: hashFile, shelf: browserShelf() });

const BUSY: ReadonlySet<UploadItem["phase"]> = new Set(["queued", "uploading", "offline", "finishing"]);

export function isBusy(item: UploadItem): boolean {
  return BUSY.has(item.phase);
}

export function useUploads(): readonly UploadItem[] {
  return useSyncExternalStore(uploads.list.subscribe, uploads.list.get);
}

/** Share of all bytes that have been sent, over the uploads under way; null when there are none. */
export function totalProgress(items: readonly UploadItem[]): number | null {
  const busy = items.filter(isBusy);
  const total = busy.reduce((sum, item) => sum + item.sizeBytes, 0);
  return total === 0 ? null : busy.reduce((sum, item) => sum + item.sentBytes, 0) / total;
}

let restored = false;

/** Brings back interrupted uploads once, and asks before the tab is closed on running ones. */
export function useUploadGuard(): void {
  useEffect(() => {
    if (!restored) {
      restored = true;
      void uploads.restore();
    }
    const ask = (event: BeforeUnloadEvent): void => {
      if (uploads.list.find(isBusy)) event.preventDefault();
    };
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, []);
}
