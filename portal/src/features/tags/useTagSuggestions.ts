import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { assetsKey } from "@/api/keys";
import { byFrequency } from "./model";

/** So many of a project's tags are proposed; any other can be written. */
const MOST = 500;

const tagsQuery = (project: string) =>
  queryOptions({
    queryKey: [...assetsKey(project), "tags"] as const,
    queryFn: async ({ signal }) => {
      const query = { project, limit: MOST };
      return byFrequency((await body(api.GET("/api/tags", { params: { query }, signal }))).results);
    },
    staleTime: 60_000,
  });

/** Tags that a project's assets have already, those used most first. */
export function useTagSuggestions(project: string, isWanted: boolean): readonly string[] {
  const { data } = useQuery({ ...tagsQuery(project), enabled: isWanted });
  return data ?? [];
}
