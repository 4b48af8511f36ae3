import { describe, expect, it } from "vitest";
import type { Share } from "@/api/types";
import { changeOf, draftOf, NEW_SHARE, requestOf, stateOf } from "./model";

const NOW = Date.parse("2026-05-05T12:00:00Z");
const target = { project: "p", assets: ["a"] };

describe("requestOf", () => {
  it("leaves out what was left empty", () => {
    expect(requestOf({ ...NEW_SHARE, expiry: "never" }, target, NOW)).toEqual({
      project: "p",
      assets: ["a"],
      versions: "current",
      allow_download: false,
      allow_comments: true,
    });
  });
  it("carries everything that was filled in", () => {
    const draft = {
      ...NEW_SHARE,
      name: " Cut 3 ",
      password: "s",
      expiry: "7",
      maxViews: "5",
      frozen: true,
    } as const;
    expect(requestOf(draft, target, NOW)).toMatchObject({
      name: "Cut 3",
      password: "s",
      expires_at: "2026-05-12T12:00:00.000Z",
      max_views: 5,
      versions: "frozen",
    });
  });
});

describe("the watermark", () => {
  it("is asked for with its text, place and whether it names the visitor", () => {
    const draft = { ...NEW_SHARE, watermark: true, watermarkText: " For {name} ", watermarkPerViewer: true };
    expect(requestOf(draft, target, NOW).watermark).toEqual({
      text: "For {name}",
      per_viewer: true,
      position: "bottom_right",
    });
  });
  it("is left out unless it is wanted", () => {
    expect(requestOf({ ...NEW_SHARE, watermarkText: "x" }, target, NOW)).not.toHaveProperty("watermark");
  });
});

describe("changing a link", () => {
  const share = {
    name: "Cut 3",
    has_password: true,
    expires_at: "2026-05-09T12:00:00Z",
    max_views: 5,
    allow_download: true,
    allow_comments: true,
    watermark: { text: "For {name}", per_viewer: true, position: "tiled", opacity: 0.4 },
  } as Share;
  const draft = draftOf(share);

  it("says only what became different", () => {
    expect(changeOf(draft, share, NOW)).toEqual({});
    expect(changeOf({ ...draft, name: "Cut 4 ", allowDownload: false }, share, NOW)).toEqual({
      name: "Cut 4",
      allow_download: false,
    });
  });

  it("takes away the password, the end, the limit and the mark with null", () => {
    const open = { ...draft, dropsPassword: true, expiry: "never", maxViews: "", watermark: false } as const;
    expect(changeOf(open, share, NOW)).toEqual({
      password: null,
      expires_at: null,
      max_views: null,
      watermark: null,
    });
  });

  it("keeps how strong the mark is, and gives a new password and a new end", () => {
    const other = { ...draft, password: "s", expiry: "7", watermarkText: "Draft" } as const;
    expect(changeOf(other, share, NOW)).toEqual({
      password: "s",
      expires_at: "2026-05-12T12:00:00.000Z",
      watermark: { text: "Draft", per_viewer: true, position: "tiled", opacity: 0.4 },
    });
  });
});

describe("stateOf", () => {
  it("tells active, expired and revoked apart", () => {
    const expires_at = "2026-05-05T11:00:00Z";
    expect(stateOf({ revoked_at: null, expires_at: null }, NOW)).toBe("active");
    expect(stateOf({ revoked_at: null, expires_at }, NOW)).toBe("expired");
    expect(stateOf({ revoked_at: expires_at, expires_at }, NOW)).toBe("revoked");
  });
});
