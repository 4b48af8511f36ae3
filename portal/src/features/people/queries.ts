import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { everyPage } from "@/api/paging";
import type { Member, Role } from "@/api/types";

export const membersQuery = (project: string) =>
  queryOptions({
    queryKey: ["members", project],
    queryFn: ({ signal }) =>
      everyPage((cursor) =>
        body(
          api.GET("/api/projects/{id}/members", {
            params: { path: { id: project }, query: { limit: 500, ...(cursor && { cursor }) } },
            signal,
          }),
        ),
      ),
  });

export function addMember(project: string, email: string, role: Role): Promise<Member> {
  return body(
    api.POST("/api/projects/{id}/members", { params: { path: { id: project } }, body: { email, role } }),
  );
}

export function changeRole(project: string, member: string, role: Role): Promise<Member> {
  return body(
    api.PATCH("/api/projects/{id}/members/{member}", {
      params: { path: { id: project, member } },
      body: { role },
    }),
  );
}

export async function removeMember(project: string, member: string): Promise<void> {
  await api.DELETE("/api/projects/{id}/members/{member}", {
    params: { path: { id: project, member } },
  });
}
