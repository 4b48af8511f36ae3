import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { cursorOf, everyPage } from "@/api/paging";
import type { components } from "@/api/schema";
import type { Share, ShareChange, ShareCreate, ShareCreated } from "@/api/types";

export const sharesQuery = (project: string) =>
  queryOptions({
    queryKey: ["shares", project],
    queryFn: ({ signal }) =>
      everyPage((cursor) =>
        body(
          api.GET("/api/shares", {
            params: { query: { project, limit: 500, ...(cursor && { cursor }) } },
            signal,
          }),
        ),
      ),
  });

export function createShare(request: ShareCreate): Promise<ShareCreated> {
  return body(api.POST("/api/shares", { body: request }));
}

/** A link and the entity tag under which it was read. */
export interface HeldShare {
  readonly share: Share;
  readonly etag: string | null;
}

/** Read anew whenever somebody begins to change it. */
export const heldShareQuery = (id: string) =>
  queryOptions({
    queryKey: ["share-held", id] as const,
    queryFn: async ({ signal }): Promise<HeldShare> => {
      const answer = api.GET("/api/shares/{id}", { params: { path: { id } }, signal });
      return { share: await body(answer), etag: (await answer).response.headers.get("ETag") };
    },
    staleTime: 0,
    gcTime: 0,
    // What somebody is writing must not be replaced under their hands.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

export function changeShare({ share, etag }: HeldShare, change: ShareChange): Promise<Share> {
  const params = { path: { id: share.id }, header: etag ? { "If-Match": etag } : {} };
  return body(api.PATCH("/api/shares/{id}", { params, body: change }));
}

export async function revokeShare(id: string): Promise<void> {
  await api.DELETE("/api/shares/{id}", { params: { path: { id } } });
}

export type Access = components["schemas"]["AccessOutput"];

const ACCESSES = 100;

/** Who came by a link, newest first; asked for anew whenever somebody looks. */
export const accessesQuery = (share: string) =>
  infiniteQueryOptions({
    queryKey: ["share-accesses", share] as const,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/shares/{id}/accesses", {
          params: {
            path: { id: share },
            query: { limit: ACCESSES, ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: ({ next }) => cursorOf(next) ?? null,
    staleTime: 0,
  });
