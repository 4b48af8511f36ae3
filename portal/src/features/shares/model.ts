import type { Share, ShareChange, ShareCreate } from "@/api/types";

export const EXPIRIES = ["never", "1", "7", "30", "90"] as const;
/** `kept`: when it ends stays as it is. */
export type Expiry = (typeof EXPIRIES)[number] | "kept";

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
  /** Whether a link that has a password loses it. */
  readonly dropsPassword: boolean;
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
  dropsPassword: false,
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
    ...(draft.expiry !== "never" && { expires_at: endOf(draft.expiry, now) }),
    ...(maxViews > 0 && { max_views: maxViews }),
    ...(draft.watermark && { watermark: watermarkOf(draft) }),
  };
}

function endOf(expiry: Expiry, now: number): string {
  return new Date(now + Number(expiry) * DAY_MS).toISOString();
}

/** A link as its form shows it; its password is not known here. */
export function draftOf(share: Share): ShareDraft {
  const { watermark } = share;
  return {
    ...NEW_SHARE,
    name: share.name,
    expiry: "kept",
    maxViews: share.max_views === null ? "" : String(share.max_views),
    allowDownload: share.allow_download,
    allowComments: share.allow_comments,
    watermark: watermark !== null,
    ...(watermark && {
      watermarkText: watermark.text,
      watermarkPerViewer: watermark.per_viewer,
      watermarkPosition: POSITIONS.find((each) => each === watermark.position) ?? "bottom_right",
    }),
  };
}

/** The request that makes a link what the form says; what was left alone is left out. */
export function changeOf(draft: ShareDraft, share: Share, now: number): ShareChange {
  const before = draftOf(share);
  const maxViews = Number.parseInt(draft.maxViews, 10);
  const differs = (...names: (keyof ShareDraft)[]): boolean =>
    names.some((name) => draft[name] !== before[name]);
  const isMarked = differs("watermark", "watermarkText", "watermarkPerViewer", "watermarkPosition");
  return {
    ...(differs("name") && { name: draft.name.trim() }),
    ...(draft.dropsPassword ? { password: null } : draft.password && { password: draft.password }),
    ...(draft.expiry === "never" && { expires_at: null }),
    ...(draft.expiry !== "never" && draft.expiry !== "kept" && { expires_at: endOf(draft.expiry, now) }),
    ...(differs("maxViews") && { max_views: maxViews > 0 ? maxViews : null }),
    ...(differs("allowDownload") && { allow_download: draft.allowDownload }),
    ...(differs("allowComments") && { allow_comments: draft.allowComments }),
    ...(isMarked && {
      watermark: draft.watermark
        ? { ...watermarkOf(draft), ...(share.watermark && { opacity: share.watermark.opacity }) }
        : null,
    }),
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
