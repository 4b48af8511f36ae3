import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { collectionsKey } from "@/api/keys";
import { everyPage } from "@/api/paging";
import type { Collection } from "@/api/types";

export const collectionsQuery = (project: string) =>
  queryOptions({
    queryKey: collectionsKey(project),
    queryFn: ({ signal }): Promise<Collection[]> =>
      everyPage((cursor) =>
        body(
          api.GET("/api/collections", {
            params: { query: { project, limit: 500, ...(cursor && { cursor }) } },
            signal,
          }),
        ),
      ),
    staleTime: 30_000,
  });

export interface CollectionDraft {
  name: string;
  parent: string | null;
}

export function createCollection(project: string, { name, parent }: CollectionDraft): Promise<Collection> {
  return body(api.POST("/api/collections", { body: { project, name, ...(parent && { parent }) } }));
}

/** A collection that always holds what matches. */
export function createSmartCollection(
  project: string,
  name: string,
  query: Readonly<Record<string, string>>,
): Promise<Collection> {
  return body(api.POST("/api/collections", { body: { project, name, kind: "smart", query } }));
}

/** Lets a smart collection hold what matches another query. */
export function changeSearch(id: string, query: Readonly<Record<string, string>>): Promise<Collection> {
  return body(api.PATCH("/api/collections/{id}", { params: { path: { id } }, body: { query } }));
}

export function changeCollection(id: string, change: Partial<CollectionDraft>): Promise<Collection> {
  return body(api.PATCH("/api/collections/{id}", { params: { path: { id } }, body: change }));
}

export async function deleteCollection(id: string): Promise<void> {
  await api.DELETE("/api/collections/{id}", { params: { path: { id } } });
}

/** How many assets one request adds. */
const MOST = 1000;

export async function addToCollection(id: string, assets: readonly string[]): Promise<void> {
  for (let start = 0; start < assets.length; start += MOST) {
    const add = assets.slice(start, start + MOST);
    await api.POST("/api/collections/{id}/assets", { params: { path: { id } }, body: { add } });
  }
}

export async function removeFromCollection(id: string, assets: readonly string[]): Promise<void> {
  for (let start = 0; start < assets.length; start += MOST) {
    const remove = assets.slice(start, start + MOST);
    await api.POST("/api/collections/{id}/assets", { params: { path: { id } }, body: { remove } });
  }
}

/** Puts assets, in this order, before another; null means the end, nothing the beginning. */
export async function arrange(
  id: string,
  order: readonly string[],
  before: string | null | undefined,
): Promise<void> {
  const request = { order: [...order], ...(before !== undefined && { before }) };
  await api.POST("/api/collections/{id}/assets", { params: { path: { id } }, body: request });
}
