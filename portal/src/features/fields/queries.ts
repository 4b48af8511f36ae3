import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { everyPage } from "@/api/paging";
import type { Field, Member } from "@/api/types";
import { inOrder } from "./model";

export const fieldKeys = {
  all: ["fields"] as const,
  project: (project: string) => ["fields", "project", project] as const,
  organization: (org: string) => ["fields", "org", org] as const,
};

const listed = (query: { org?: string; project?: string }, signal: AbortSignal): Promise<Field[]> =>
  everyPage((cursor) =>
    body(
      api.GET("/api/fields", {
        params: { query: { ...query, limit: 500, ...(cursor && { cursor }) } },
        signal,
      }),
    ),
  ).then(inOrder);

export const organizationFieldsQuery = (org: string) =>
  queryOptions({
    queryKey: fieldKeys.organization(org),
    queryFn: ({ signal }) => listed({ org }, signal),
  });

/** The fields that a project's assets have. */
export const projectFieldsQuery = (project: string) =>
  queryOptions({
    queryKey: fieldKeys.project(project),
    queryFn: ({ signal }) => listed({ project }, signal),
    staleTime: 300_000,
  });

/** Who can stand in a field of the type person. */
export const colleaguesQuery = (org: string) =>
  queryOptions({
    queryKey: ["colleagues", org],
    queryFn: ({ signal }): Promise<Member[]> =>
      everyPage((cursor) =>
        body(
          api.GET("/api/orgs/{id}/members", {
            params: { path: { id: org }, query: { limit: 500, ...(cursor && { cursor }) } },
            signal,
          }),
        ),
      ),
    staleTime: 300_000,
  });
