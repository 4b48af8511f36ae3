import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { everyPage } from "@/api/paging";
import type { Project } from "@/api/types";

export const projectKeys = {
  all: ["projects"] as const,
  list: (org: string, client: string | undefined) => ["projects", "list", org, client ?? null] as const,
  one: (id: string) => ["projects", "one", id] as const,
  clients: (org: string) => ["clients", org] as const,
};

export const projectsQuery = (org: string, client: string | undefined) =>
  queryOptions({
    queryKey: projectKeys.list(org, client),
    queryFn: ({ signal }) =>
      everyPage((cursor) =>
        body(
          api.GET("/api/projects", {
            params: { query: { org, limit: 500, ...(client && { client }), ...(cursor && { cursor }) } },
            signal,
          }),
        ),
      ),
  });

export const projectQuery = (id: string) =>
  queryOptions({
    queryKey: projectKeys.one(id),
    queryFn: ({ signal }) => body(api.GET("/api/projects/{id}", { params: { path: { id } }, signal })),
  });

export const clientsQuery = (org: string) =>
  queryOptions({
    queryKey: projectKeys.clients(org),
    queryFn: ({ signal }) =>
      everyPage((cursor) =>
        body(
          api.GET("/api/clients", {
            params: { query: { org, limit: 500, ...(cursor && { cursor }) } },
            signal,
          }),
        ),
      ),
  });

export interface NewProject {
  org: string;
  name: string;
  client: string | null;
}

export function createProject({ org, name, client }: NewProject): Promise<Project> {
  return body(api.POST("/api/projects", { body: { org, name, ...(client && { client }) } }));
}
