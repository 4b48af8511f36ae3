import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { assetsKey } from "@/api/keys";
import { everyPage } from "@/api/paging";
import type { Shoot, ShootProposal } from "@/api/types";

export const shootsQuery = (project: string) =>
  queryOptions({
    queryKey: [...assetsKey(project), "shoots"] as const,
    queryFn: ({ signal }): Promise<Shoot[]> =>
      everyPage((cursor) =>
        body(
          api.GET("/api/shoots", {
            params: { query: { project, limit: 500, ...(cursor && { cursor }) } },
            signal,
          }),
        ),
      ),
    staleTime: 30_000,
  });

/** So many proposals are shown at once; when some are settled, others follow. */
const PROPOSALS = 50;

/** What may be shoots, or what somebody has said is none. */
export const proposalsQuery = (project: string, which: "open" | "dismissed") =>
  queryOptions({
    queryKey: [...assetsKey(project), "shoot-proposals", which] as const,
    queryFn: async ({ signal }): Promise<ShootProposal[]> => {
      const query = { project, limit: PROPOSALS, ...(which === "dismissed" && { dismissed: true }) };
      return (await body(api.GET("/api/shoots/proposals", { params: { query }, signal }))).results;
    },
  });

/** Says for everybody that a proposal is no shoot. */
export async function dismissProposal(project: string, proposal: string): Promise<void> {
  await api.POST("/api/shoots/proposals/dismiss", { body: { project, proposal } });
}

/** Proposes again what was dismissed. */
export async function takeBackProposal(project: string, proposal: string): Promise<void> {
  await api.POST("/api/shoots/proposals/take-back", { body: { project, proposal } });
}

/** Pictures that stand for a shoot. */
export const COVERS = 4;

export interface ShootDraft {
  readonly name: string;
  readonly date: string | null;
  readonly place: string;
}

export function createShoot(
  project: string,
  draft: ShootDraft,
  of: { proposal: string } | null,
): Promise<Shoot> {
  return body(api.POST("/api/shoots", { body: { project, ...draft, ...of } }));
}

export function changeShoot(id: string, draft: ShootDraft): Promise<Shoot> {
  return body(api.PATCH("/api/shoots/{id}", { params: { path: { id } }, body: draft }));
}

export async function deleteShoot(id: string): Promise<void> {
  await api.DELETE("/api/shoots/{id}", { params: { path: { id } } });
}

/** How many assets one request takes out. */
const MOST = 1000;

export async function takeOutOfShoot(id: string, assets: readonly string[]): Promise<void> {
  for (let start = 0; start < assets.length; start += MOST) {
    const remove = assets.slice(start, start + MOST);
    await api.POST("/api/shoots/{id}/assets", { params: { path: { id } }, body: { remove } });
  }
}
