import { describe, expect, it } from "vitest";
import type { Job, Playback } from "@/api/types";
import { stageOf } from "./serverStage";
import { titleOf } from "./transport";

const job = (rest: Partial<Job>): Job =>
  ({ state: "running", progress: 0.4, error: null, result: null, ...rest }) as Job;
const built = (state: Playback["state"], reason: string | null = null) => ({ state, reason });
const promoted = job({ state: "succeeded", result: { asset: "a", version: "v" } });

describe("stageOf", () => {
  it("verifies until the promotion has ended", () => {
    expect(stageOf(undefined, undefined)).toEqual({ stage: "verifying", progress: undefined });
    expect(stageOf(job({}), undefined)).toEqual({ stage: "verifying", progress: 0.4 });
  });
  it("names the problem of a promotion that failed", () => {
    const error = { type: "https://x/digest-mismatch", title: "t", status: 409, detail: "d" };
    expect(stageOf(job({ state: "failed", error }), undefined)).toEqual({
      stage: "failed",
      code: "digest-mismatch",
      message: "d",
    });
  });
  it.each([
    ["none", "stored"],
    ["building", "building"],
    ["partial", "partial"],
    ["ready", "ready"],
    ["failed", "previewFailed"],
  ] as const)("then follows the previews: %s is %s", (state, stage) => {
    expect(stageOf(promoted, built(state))).toMatchObject({ stage, asset: "a" });
  });
});

describe("a damaged file", () => {
  it("is settled although it stays partial", () => {
    expect(stageOf(promoted, built("partial", "cut short"))).toMatchObject({ stage: "incomplete" });
  });
});

describe("titleOf", () => {
  it("drops the extension and nothing else", () => {
    expect(["A001.mov", "v1.2 final.mp4", ".profile", "README"].map(titleOf)).toEqual([
      "A001",
      "v1.2 final",
      ".profile",
      "README",
    ]);
  });
});
