import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { searchesKey } from "@/api/keys";
import { everyPage } from "@/api/paging";
import type { SavedSearch } from "@/api/types";

export const searchesQuery = (org: string) =>
  queryOptions({
    queryKey: searchesKey(org),
    queryFn: ({ signal }): Promise<SavedSearch[]> =>
      everyPage((cursor) =>
        body(
          api.GET("/api/searches", {
            params: { query: { org, limit: 500, ...(cursor && { cursor }) } },
            signal,
          }),
        ),
      ),
    staleTime: 60_000,
  });

export interface SearchDraft {
  name: string;
  shared: boolean;
  query: Readonly<Record<string, string>>;
}

export function saveSearch(org: string, draft: SearchDraft): Promise<SavedSearch> {
  return body(api.POST("/api/searches", { body: { org, ...draft } }));
}

export async function deleteSearch(id: string): Promise<void> {
  await api.DELETE("/api/searches/{id}", { params: { path: { id } } });
}
