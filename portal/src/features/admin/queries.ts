import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { OrganizationDetail } from "@/api/types";

export const organizationQuery = (id: string) =>
  queryOptions({
    queryKey: ["organization", id] as const,
    queryFn: ({ signal }): Promise<OrganizationDetail> =>
      body(api.GET("/api/orgs/{id}", { params: { path: { id } }, signal })),
  });
