import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { cursorOf } from "@/api/paging";
import type { paths } from "@/api/schema";
import { parametersOf, type Question } from "./model";

type ListQuery = NonNullable<paths["/api/assets"]["get"]["parameters"]["query"]>;
type FacetsAsked = NonNullable<paths["/api/assets/facets"]["get"]["parameters"]["query"]>;

/** How many finds one request brings. */
const FINDS = 60;

export const findsQuery = (question: Question) =>
  infiniteQueryOptions({
    queryKey: ["search", "finds", question] as const,
    queryFn: ({ pageParam, signal }) => {
      const query: ListQuery = {
        limit: FINDS,
        include: question.q ? "thumbnail,highlights" : "thumbnail",
        ...(pageParam ? { cursor: pageParam } : { count: "capped" }),
        ...(question.q && { sort: "relevance" }),
      };
      Object.assign(query, parametersOf(question));
      return body(api.GET("/api/assets", { params: { query }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: ({ next }) => cursorOf(next) ?? null,
    placeholderData: keepPreviousData,
  });

/** Values of a facet that one answer tells. */
const COUNTED = 100;

/** Where the finds lie and what they are, counted; a choice that was made leaves the others in reach. */
export const countsQuery = (question: Question) =>
  queryOptions({
    queryKey: ["search", "counts", question] as const,
    queryFn: async ({ signal }) => {
      const query: FacetsAsked = { facets: "project,kind", limit: COUNTED };
      Object.assign(query, parametersOf(question));
      const { facets } = await body(api.GET("/api/assets/facets", { params: { query }, signal }));
      const valuesOf = (name: string) => facets.find((facet) => facet.name === name)?.values ?? [];
      return { projects: valuesOf("project"), kinds: valuesOf("kind") };
    },
    placeholderData: keepPreviousData,
  });
