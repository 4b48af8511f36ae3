import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { everyPage } from "@/api/paging";
import type { Token, TokenCreate, TokenCreated } from "@/api/types";

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: ({ signal }) =>
    everyPage((cursor) =>
      body(api.GET("/api/tokens", { params: { query: { limit: 500, ...(cursor && { cursor }) } }, signal })),
    ),
});

export function createToken(wanted: TokenCreate): Promise<TokenCreated> {
  return body(api.POST("/api/tokens", { body: wanted }));
}

export async function revokeToken(token: Token): Promise<void> {
  await api.DELETE("/api/tokens/{id}", { params: { path: { id: token.id } } });
}
