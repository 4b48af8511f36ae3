import { api, body } from "@/api/client";
import { everyPage } from "@/api/paging";
import { type AssetDetail, type Comment, type Me, type Project, reaches, type Version } from "@/api/types";
import type { PlaybackAccess, ReviewAccess } from "@/features/review";

interface MemberDoor {
  me: Me;
  project: Project;
  asset: AssetDetail;
  version: Version;
}

/** What plays, for a member; it needs nothing but the version. */
export const memberPlayback = (me: Me): PlaybackAccess => ({
  key: `member:${me.id}`,
  playback: (id, signal, missing) =>
    body(
      api.GET("/api/versions/{id}/playback", {
        params: { path: { id }, query: missing ? { missing } : {} },
        signal: signal ?? null,
      }),
    ),
});

/** The door of a member of the project. */
export function memberAccess({ me, project, asset, version }: MemberDoor): ReviewAccess {
  const mayEdit = reaches(project.role, "editor");
  return {
    ...memberPlayback(me),
    me: { id: me.id, name: me.name || me.email },
    mayComment: reaches(project.role, "reviewer"),
    mayWriteInternal: reaches(project.role, "reviewer"),
    mayResolveAny: mayEdit,
    mayDecide: reaches(project.role, "reviewer"),
    livePath: (id) => `/ws/versions/${id}/`,
    comments: (id, signal) =>
      everyPage((cursor) =>
        body(
          api.GET("/api/versions/{id}/comments", {
            params: { path: { id }, query: { limit: 500, ...(cursor && { cursor }) } },
            signal,
          }),
        ),
      ),
    createComment: (id, write, key) =>
      body(
        api.POST("/api/versions/{id}/comments", {
          params: { path: { id }, header: { "Idempotency-Key": key } },
          body: write,
        }),
      ),
    changeComment: (id, change) =>
      body(api.PATCH("/api/comments/{id}", { params: { path: { id } }, body: change })),
    deleteComment: async (id) => {
      await api.DELETE("/api/comments/{id}", { params: { path: { id } } });
    },
    approvals: (id, signal) =>
      everyPage((cursor) =>
        body(
          api.GET("/api/versions/{id}/approvals", {
            params: { path: { id }, query: { limit: 500, ...(cursor && { cursor }) } },
            signal,
          }),
        ),
      ),
    decide: (id, write) =>
      body(api.PUT("/api/versions/{id}/approval", { params: { path: { id } }, body: write })),
    withdraw: async (id) => {
      await api.DELETE("/api/versions/{id}/approval", { params: { path: { id } } });
    },
    beforeComment: () => Promise.resolve(true),
    runningJob: async (id, signal) => {
      const query = { project: project.id, state: "running" as const, limit: 500 };
      const { results } = await body(api.GET("/api/jobs", { params: { query }, signal }));
      return results.find((job) => job.version === id) ?? null;
    },
    rebuild: mayEdit
      ? async () => {
          const request = { version_sha: version.sha256, org: project.organization, force: true };
          await api.POST("/api/preview", { body: request });
        }
      : null,
    linkTo: (comment: Comment) => {
      const url = new URL(`/a/${asset.id}`, location.origin);
      url.searchParams.set("v", version.id);
      if (comment.frame_in !== null) url.searchParams.set("frame", String(comment.frame_in));
      url.searchParams.set("comment", comment.id);
      return url.href;
    },
  };
}
