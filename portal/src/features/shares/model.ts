import type { Share, ShareCreate } from "@/api/types";

export const EXPIRIES = ["never", "1", "7", "30", "90"] as const;
export type Expiry = (typeof EXPIRIES)[number];

/** What the share form holds. */
export interface ShareDraft {
  readonly name: string;
  readonly password: string;
  readonly expiry: Expiry;
  readonly maxViews: string;
  readonly allowDownload: boolean;
  readonly allowComments: boolean;
  readonly frozen: boolean;
}

export const NEW_SHARE: ShareDraft = {
  name: "",
  password: "",
  expiry: "30",
  maxViews: "",
  allowDownload: false,
  allowComments: true,
  frozen: false,
};

const DAY_MS = 86_400_000;

/** The request for a share; what was left empty is left out. */
export function requestOf(
  draft: ShareDraft,
  target: { project: string; assets: readonly string[] },
  now: number,
): ShareCreate {
  const maxViews = Number.parseInt(draft.maxViews, 10);
  return {
    project: target.project,
    assets: [...target.assets],
    versions: draft.frozen ? "frozen" : "current",
    allow_download: draft.allowDownload,
    allow_comments: draft.allowComments,
    ...(draft.name.trim() && { name: draft.name.trim() }),
    ...(draft.password && { password: draft.password }),
    ...(draft.expiry !== "never" && {
      expires_at: new Date(now + Number(draft.expiry) * DAY_MS).toISOString(),
    }),
    ...(maxViews > 0 && { max_views: maxViews }),
  };
}

export type ShareState = "active" | "revoked" | "expired";

export function stateOf(share: Pick<Share, "revoked_at" | "expires_at">, now: number): ShareState {
  if (share.revoked_at) return "revoked";
  return share.expires_at && Date.parse(share.expires_at) <= now ? "expired" : "active";
}
