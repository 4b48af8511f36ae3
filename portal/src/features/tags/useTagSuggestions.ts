import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { byFrequency } from "./model";

const RECENT = 200;

const tagsQuery = (project: string) =>
  queryOptions({
    queryKey: ["assets", project, "tags"] as const,
    queryFn: async ({ signal }) => {
      const { results } = await body(
        api.GET("/api/assets", { params: { query: { project, limit: RECENT } }, signal }),
      );
      return byFrequency(results.flatMap(({ tags }) => tags));
    },
    staleTime: 60_000,
  });

/** Tags that a project's newest assets have already, those used most first. */
export function useTagSuggestions(project: string, isWanted: boolean): readonly string[] {
  const { data } = useQuery({ ...tagsQuery(project), enabled: isWanted });
  return data ?? [];
}
