import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { cursorOf } from "@/api/paging";

export interface ActivityFilters {
  readonly project: string;
  readonly asset?: string;
  readonly actor?: string;
  readonly verb?: string;
  /** Moments: from the first on, and before the second. */
  readonly after?: string;
  readonly before?: string;
}

const PAGE = 50;

export const activitiesQuery = (filters: ActivityFilters) =>
  infiniteQueryOptions({
    queryKey: ["activities", filters] as const,
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/activities", {
          params: { query: { limit: PAGE, ...filters, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: ({ next }) => cursorOf(next) ?? null,
    // New things happen all the time: a feed that is opened again is asked for again.
    staleTime: 5_000,
  });
