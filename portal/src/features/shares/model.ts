import type { Share, ShareCreate } from "@/api/types";

export const EXPIRIES = ["never", "1", "7", "30", "90"] as const;
export type Expiry = (typeof EXPIRIES)[number];

export const POSITIONS = [
  "bottom_right",
  "bottom_left",
  "bottom",
  "top_right",
  "top_left",
  "top",
  "center",
  "tiled",
] as const;
export type Position = (typeof POSITIONS)[number];

/** What the share form holds. */
export interface ShareDraft {
  readonly name: string;
  readonly password: string;
  readonly expiry: Expiry;
  readonly maxViews: string;
  readonly allowDownload: boolean;
  readonly allowComments: boolean;
  readonly frozen: boolean;
  readonly watermark: boolean;
  readonly watermarkText: string;
  readonly watermarkPerViewer: boolean;
  readonly watermarkPosition: Position;
}

export const NEW_SHARE: ShareDraft = {
  name: "",
  password: "",
  expiry: "30",
  maxViews: "",
  allowDownload: false,
  allowComments: true,
  frozen: false,
  watermark: false,
  watermarkText: "",
  watermarkPerViewer: false,
  watermarkPosition: "bottom_right",
};

const DAY_MS = 86_400_000;

/** What is shared: assets as they are chosen now, or a collection with whatever it holds. */
export type ShareTarget = { readonly project: string } & (
  | { readonly assets: readonly string[] }
  | { readonly collection: string }
);

/** The request for a share; what was left empty is left out. */
export function requestOf(draft: ShareDraft, { project, ...shared }: ShareTarget, now: number): ShareCreate {
  const maxViews = Number.parseInt(draft.maxViews, 10);
  return {
    project,
    ...("collection" in shared ? shared : { assets: [...shared.assets] }),
    versions: draft.frozen ? "frozen" : "current",
    allow_download: draft.allowDownload,
    allow_comments: draft.allowComments,
    ...(draft.name.trim() && { name: draft.name.trim() }),
    ...(draft.password && { password: draft.password }),
    ...(draft.expiry !== "never" && {
      expires_at: new Date(now + Number(draft.expiry) * DAY_MS).toISOString(),
    }),
    ...(maxViews > 0 && { max_views: maxViews }),
    ...(draft.watermark && { watermark: watermarkOf(draft) }),
  };
}

function watermarkOf(draft: ShareDraft) {
  return {
    text: draft.watermarkText.trim(),
    per_viewer: draft.watermarkPerViewer,
    position: draft.watermarkPosition,
  };
}

export type ShareState = "active" | "revoked" | "expired";

export function stateOf(share: Pick<Share, "revoked_at" | "expires_at">, now: number): ShareState {
  if (share.revoked_at) return "revoked";
  return share.expires_at && Date.parse(share.expires_at) <= now ? "expired" : "active";
}
