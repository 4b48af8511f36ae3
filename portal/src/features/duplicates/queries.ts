import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { cursorOf } from "@/api/paging";

const PAGE = 20;

export const duplicatesKey = (project: string) => ["duplicates", project] as const;

export const duplicatesQuery = (project: string) =>
  infiniteQueryOptions({
    queryKey: duplicatesKey(project),
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/duplicates", {
          params: { query: { project, limit: PAGE, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: ({ next }) => cursorOf(next) ?? null,
  });

export async function mergePair(id: string, into: string): Promise<void> {
  await api.POST("/api/duplicates/{id}/merge", { params: { path: { id } }, body: { into } });
}

export async function dismissPair(id: string): Promise<void> {
  await api.POST("/api/duplicates/{id}/dismiss", { params: { path: { id } } });
}
