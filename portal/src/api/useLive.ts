import { useEffect, useRef, useSyncExternalStore } from "react";
import { type LiveEvent, LiveSocket, type LiveStatus } from "./ws";

const statuses = new Map<string, LiveStatus>();
const listeners = new Set<() => void>();
const sockets = new Set<LiveSocket>();

/** Opens what was closed for good because nobody was logged in. */
export function reconnectFeeds(): void {
  for (const socket of sockets) socket.hurry();
}

function report(path: string, status: LiveStatus | null): void {
  if (status === null) statuses.delete(path);
  else statuses.set(path, status);
  for (const listener of listeners) listener();
}

/** Whether a feed that was open is being reconnected. */
export function useReconnecting(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => [...statuses.values()].includes("waiting"),
  );
}

/** Follows a live feed while the component is there; `path` null means not yet. */
export function useLive(path: string | null, onEvent: (event: LiveEvent) => void, onReset: () => void): void {
  const handlers = useRef({ onEvent, onReset });
  useEffect(() => {
    handlers.current = { onEvent, onReset };
  });
  useEffect(() => {
    if (path === null) return;
    const socket = new LiveSocket(path, {
      onEvent: (event) => handlers.current.onEvent(event),
      onReset: () => handlers.current.onReset(),
      onStatus: (status) => {
        // Between two attempts the feed is still lost.
        if (status !== "connecting" || statuses.get(path) !== "waiting") report(path, status);
      },
    });
    sockets.add(socket);
    return () => {
      sockets.delete(socket);
      socket.close();
      report(path, null);
    };
  }, [path]);
}
