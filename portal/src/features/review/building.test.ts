import { describe, expect, it } from "vitest";
import type { Job, Playback } from "@/api/types";
import { buildingOf, roughly } from "./building";

const playback = {
  state: "building",
  progress: 0.25,
  renditions: [{ name: "720p", state: "running", progress: 0.25 }],
  estimate_s: 130,
  queue_position: null,
} as unknown as Playback;

describe("how far a build is", () => {
  it("is what playback says for guests, and what the live job says for members", () => {
    const job = { state: "running", progress: 0.5, renditions: [] } as unknown as Job;
    expect(buildingOf(playback, null)).toMatchObject({ progress: 0.25, secondsLeft: 130, position: null });
    expect(buildingOf(playback, job)).toMatchObject({ progress: 0.5, renditions: [], secondsLeft: 130 });
  });

  it("tells how many come first while it waits", () => {
    const waiting = { ...playback, progress: 0, renditions: [], queue_position: 3 } as Playback;
    expect(buildingOf(waiting, null)).toMatchObject({ progress: null, position: 3 });
  });
});

describe("roughly", () => {
  it.each([
    [4, "seconds", 4],
    [23, "tens", 30],
    [58, "minutes", 1],
    [130, "minutes", 2],
    [7300, "hours", 2],
  ])("says %i s in the words of people", (seconds, key, count) => {
    expect(roughly(seconds)).toEqual({ key, count });
  });
});
