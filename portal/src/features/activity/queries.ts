import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { cursorOf } from "@/api/paging";

export interface ActivityFilters {
  readonly project: string;
  readonly asset?: string | undefined;
  readonly actor?: string | undefined;
  readonly verb?: string | undefined;
}

const PAGE = 50;

export const activitiesQuery = ({ project, asset, actor, verb }: ActivityFilters) =>
  infiniteQueryOptions({
    queryKey: ["activities", project, asset ?? null, actor ?? null, verb ?? null] as const,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/activities", {
          params: {
            query: {
              project,
              limit: PAGE,
              ...(asset && { asset }),
              ...(actor && { actor }),
              ...(verb && { verb }),
              ...(pageParam && { cursor: pageParam }),
            },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: ({ next }) => cursorOf(next) ?? null,
    // New things happen all the time: a feed that is opened again is asked for again.
    staleTime: 5_000,
  });
