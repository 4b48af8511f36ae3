import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { cursorOf, everyPage } from "@/api/paging";
import type { components } from "@/api/schema";
import type { ShareCreate, ShareCreated } from "@/api/types";

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
