import { api, body } from "@/api/client";
import { everyPage } from "@/api/paging";
import type { ShareView } from "@/api/types";
import type { ReviewAccess } from "@/features/review";

/** The door of someone with a link and without an account. */
export function guestAccess(token: string, share: ShareView, askName: () => Promise<boolean>): ReviewAccess {
  const path = (id: string) => ({ token, id });
  return {
    key: `share:${share.id}`,
    me: share.guest,
    mayComment: share.allow_comments,
    mayWriteInternal: false,
    mayResolveAny: false,
    mayDecide: share.allow_comments,
    livePath: () => `/ws/s/${token}/`,
    playback: (id, signal, missing) =>
      body(
        api.GET("/api/s/{token}/versions/{id}/playback", {
          params: { path: path(id), query: missing ? { missing } : {} },
          signal: signal ?? null,
        }),
      ),
    comments: (id, signal) =>
      everyPage((cursor) =>
        body(
          api.GET("/api/s/{token}/versions/{id}/comments", {
            params: { path: path(id), query: { limit: 500, ...(cursor && { cursor }) } },
            signal,
          }),
        ),
      ),
    createComment: (id, write, key) =>
      body(
        api.POST("/api/s/{token}/versions/{id}/comments", {
          params: { path: path(id), header: { "Idempotency-Key": key } },
          body: write,
        }),
      ),
    changeComment: null,
    deleteComment: null,
    approvals: (id, signal) =>
      everyPage((cursor) =>
        body(
          api.GET("/api/s/{token}/versions/{id}/approvals", {
            params: { path: path(id), query: { limit: 500, ...(cursor && { cursor }) } },
            signal,
          }),
        ),
      ),
    decide: (id, write) =>
      body(api.PUT("/api/s/{token}/versions/{id}/approval", { params: { path: path(id) }, body: write })),
    withdraw: async (id) => {
      await api.DELETE("/api/s/{token}/versions/{id}/approval", { params: { path: path(id) } });
    },
    beforeComment: () => (share.guest?.name ? Promise.resolve(true) : askName()),
    runningJob: null,
    rebuild: null,
    linkTo: null,
  };
}
