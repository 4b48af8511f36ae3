import { createStore, del, entries, set } from "idb-keyval";
import type { SessionShelf, UploadSession } from "./types";

/** Keeps upload sessions in IndexedDB. Without it (private windows) uploads work, but do not survive a reload. */
export function browserShelf(): SessionShelf {
  const store = typeof indexedDB === "undefined" ? null : createStore("dam-uploads", "sessions");
  return {
    list: async () => {
      if (!store) return [];
      const rows = await entries<string, UploadSession>(store).catch(() => []);
      return rows.map(([, session]) => session);
    },
    save: async (session) => {
      if (store) await set(session.id, session, store).catch(() => undefined);
    },
    remove: async (id) => {
      if (store) await del(id, store).catch(() => undefined);
    },
  };
}
