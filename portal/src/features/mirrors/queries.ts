import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { everyPage } from "@/api/paging";
import type { components } from "@/api/schema";
import type { Job, Mirror } from "@/api/types";

export type Content = components["schemas"]["ContentEnum"];
export const CONTENTS = ["link", "json", "master"] as const satisfies readonly Content[];

export const mirrorsKey = (org: string) => ["mirrors", org] as const;
/** Mirrors have no feed of their own. */
const EVERY_MS = 10_000;

export const mirrorsQuery = (org: string) =>
  queryOptions({
    queryKey: mirrorsKey(org),
    queryFn: ({ signal }): Promise<Mirror[]> =>
      everyPage((cursor) =>
        body(
          api.GET("/api/mirrors", {
            params: { query: { org, limit: 500, ...(cursor && { cursor }) } },
            signal,
          }),
        ),
      ),
    refetchInterval: EVERY_MS,
  });

/** What decides where things lie in a mirror. */
export interface Layout {
  readonly template: string;
  readonly content: Content;
  readonly project: string | null;
}

export const previewQuery = (org: string, layout: Layout) =>
  queryOptions({
    queryKey: ["mirror-preview", org, layout] as const,
    queryFn: async ({ signal }) =>
      (await body(api.POST("/api/mirrors/preview", { body: { org, ...layout }, signal }))).places,
    enabled: layout.template.trim() !== "",
    placeholderData: keepPreviousData,
    retry: false,
  });

export interface MirrorDraft extends Layout {
  readonly name: string;
  /** A directory that the operator allows, by its name; empty means the store. It never changes. */
  readonly root: string;
}

export function saveMirror(org: string, id: string | null, draft: MirrorDraft): Promise<Mirror> {
  const { root, ...rest } = draft;
  if (id !== null) return changeMirror(id, rest);
  return body(
    api.POST("/api/mirrors", { body: { org, ...rest, ...(root.trim() && { root: root.trim() }) } }),
  );
}

export function changeMirror(
  id: string,
  change: components["schemas"]["PatchedMirrorChangeRequest"],
): Promise<Mirror> {
  return body(api.PATCH("/api/mirrors/{id}", { params: { path: { id } }, body: change }));
}

export async function deleteMirror(id: string): Promise<void> {
  await api.DELETE("/api/mirrors/{id}", { params: { path: { id } } });
}

export function rebuildMirror(id: string): Promise<Job> {
  return body(api.POST("/api/mirrors/{id}/rebuild", { params: { path: { id } } }));
}
