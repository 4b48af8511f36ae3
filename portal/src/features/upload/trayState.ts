import { useSyncExternalStore } from "react";

let open = false;
const listeners = new Set<() => void>();

export function setTrayOpen(next: boolean): void {
  open = next;
  for (const listener of listeners) listener();
}

/** Whether the upload tray is open; the same everywhere. */
export function useUploadTray(): { isOpen: boolean; toggle: () => void } {
  const isOpen = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open,
  );
  return { isOpen, toggle: () => setTrayOpen(!open) };
}
