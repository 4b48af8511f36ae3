import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { everyPage } from "@/api/paging";
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
