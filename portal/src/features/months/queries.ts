import { infiniteQueryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { assetsKey } from "@/api/keys";
import type { paths } from "@/api/schema";
import { type Stretch, stretchOf } from "./model";

type FacetsQuery = NonNullable<paths["/api/assets/facets"]["get"]["parameters"]["query"]>;

const NOTHING: Readonly<Record<string, string>> = {};

/** How many assets came in which month, as many months at once as the server counts. */
export const monthsQuery = (project: string) =>
  infiniteQueryOptions({
    queryKey: [...assetsKey(project), "months"] as const,
    queryFn: async ({ pageParam, signal }): Promise<Stretch> => {
      const query: FacetsQuery = { facets: "month", limit: 500 };
      Object.assign(query, { project, ...pageParam });
      const { facets } = await body(api.GET("/api/assets/facets", { params: { query }, signal }));
      return stretchOf(facets[0] ?? { exact: true, values: [] });
    },
    initialPageParam: NOTHING,
    getNextPageParam: ({ older }) => older,
  });
