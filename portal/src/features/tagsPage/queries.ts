import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { assetsKey } from "@/api/keys";
import { cursorOf } from "@/api/paging";
import type { Job } from "@/api/types";

const PAGE = 200;

export const tagsQuery = (project: string, q: string) =>
  infiniteQueryOptions({
    queryKey: [...assetsKey(project), "tag-list", q] as const,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/tags", {
          params: {
            query: { project, limit: PAGE, ...(q && { q }), ...(pageParam && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: ({ next }) => cursorOf(next) ?? null,
  });

export function renameTag(project: string, from: string, to: string): Promise<Job> {
  return body(api.POST("/api/tags/rename", { body: { project, from, to } }));
}

export function deleteTag(project: string, name: string): Promise<Job> {
  return body(api.POST("/api/tags/delete", { body: { project, name } }));
}
