import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { everyPage } from "@/api/paging";
import type { Guest } from "@/api/types";

export const shareKeys = {
  view: (token: string) => ["share", token, "view"] as const,
  assets: (token: string) => ["share", token, "assets"] as const,
};

/** What the link leads to; a 401 means that a password comes first. */
export const shareQuery = (token: string) =>
  queryOptions({
    queryKey: shareKeys.view(token),
    queryFn: ({ signal }) => body(api.GET("/api/s/{token}", { params: { path: { token } }, signal })),
    retry: false,
    staleTime: 60_000,
  });

export const shareAssetsQuery = (token: string) =>
  queryOptions({
    queryKey: shareKeys.assets(token),
    queryFn: ({ signal }) =>
      everyPage((cursor) =>
        body(
          api.GET("/api/s/{token}/assets", {
            params: {
              path: { token },
              query: { limit: 200, include: "thumbnail", ...(cursor && { cursor }) },
            },
            signal,
          }),
        ),
      ),
    staleTime: 120_000,
  });

export interface UnlockRequest {
  password?: string;
  name?: string;
  email?: string;
}

/** Opens a locked share, or gives the guest a name. The answer's cookie does the rest. */
export async function unlock(token: string, request: UnlockRequest): Promise<Guest> {
  const { guest } = await body(
    api.POST("/api/s/{token}/unlock", { params: { path: { token } }, body: request }),
  );
  return guest;
}
