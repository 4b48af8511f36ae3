import { describe, expect, it } from "vitest";
import type { Job } from "@/api/types";
import { canUndo, followersOf, handedOverOf, resultOf } from "./model";

describe("what a job over many assets tells", () => {
  it("is counted, with the faults that name their asset", () => {
    const result = { done: 3, failed: 3, errors: [{ id: "a", detail: "Held." }, "noise"], skipped: ["b"] };
    expect(resultOf({ result } as unknown as Job)).toEqual({
      done: 3,
      failed: 2,
      skipped: 1,
      errors: [{ id: "a", detail: "Held." }],
    });
  });

  it("is nothing yet while it runs", () => {
    expect(resultOf({ result: null } as Job)).toEqual({
      done: 0,
      failed: 0,
      skipped: 0,
      errors: [],
    });
  });

  it("can be taken back where it edited", () => {
    expect(canUndo({ tag: ["sea"] })).toBe(true);
    expect(canUndo({ trash: true })).toBe(false);
  });

  it("is a file where it exported", () => {
    const result = { done: 3, export: { format: "csv", rows: 3, size: 99 } };
    expect(handedOverOf({ result })).toEqual({ rows: 3, expiresAt: null });
    const kept = { rows: 3, expires_at: "2026-11-28T10:00:00+00:00" };
    expect(handedOverOf({ result: { export: kept } })?.expiresAt).toBe(kept.expires_at);
    expect(handedOverOf({ result: { done: 3 } })).toBeNull();
  });

  it("names the searches that could not follow a tag", () => {
    const left = { kind: "collection", id: "c", name: "Heroes", detail: "It asks for a tag that is gone." };
    const result = { done: 1, queries: { changed: 2, left: [left, "noise", { kind: "search", id: "s" }] } };
    expect(followersOf({ result })).toEqual({
      changed: 2,
      left: [left, { kind: "search", id: "s", name: "", detail: "" }],
    });
    expect(followersOf({ result: { done: 1 } })).toBeNull();
    expect(followersOf({ result: null })).toBeNull();
  });
});
