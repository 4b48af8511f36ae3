import { describe, expect, it } from "vitest";
import {
  isSameFile,
  missingParts,
  partRange,
  receivedBytes,
  retryDelay,
  SpeedMeter,
  secondsLeft,
  signBatch,
} from "./planner";

const plan = { uploadId: "u", stagingKey: "s", partSize: 10, partCount: 4 };

describe("part plan", () => {
  it("cuts the last part short", () => {
    expect([1, 2, 4].map((number) => partRange(number, plan, 35))).toEqual([
      [0, 10],
      [10, 20],
      [30, 35],
    ]);
  });
  it("knows what is missing and what is there", () => {
    const received = [
      { number: 4, etag: "d" },
      { number: 1, etag: "a" },
    ];
    expect(missingParts(plan, received)).toEqual([2, 3]);
    expect(receivedBytes(plan, received, 35)).toBe(15);
  });
  it("signs a part with those that follow it, at most 16 and none twice", () => {
    const waiting = Array.from({ length: 40 }, (_, index) => index + 2);
    const batch = signBatch(1, waiting, new Set([2, 3]));
    expect(batch).toHaveLength(16);
    expect(batch.slice(0, 3)).toEqual([1, 4, 5]);
  });
  it("waits longer after each failure, to a limit", () => {
    expect([0, 1, 9].map(retryDelay)).toEqual([1000, 2000, 30_000]);
  });
});

describe("SpeedMeter", () => {
  it("looks at the last seconds only", () => {
    const meter = new SpeedMeter();
    expect(meter.bytesPerSecond).toBe(0);
    meter.record(0, 0);
    meter.record(1000, 10_000);
    meter.record(3000, 11_000);
    expect(meter.bytesPerSecond).toBe(2000);
    meter.tick(14_000);
    expect(meter.bytesPerSecond).toBe(500);
    meter.reset();
    expect(meter.bytesPerSecond).toBe(0);
  });
  it("tells the time left once it knows the speed", () => {
    expect(secondsLeft(100, 50, 0)).toBeNull();
    expect(secondsLeft(100, 50, 10)).toBe(5);
  });
});

describe("isSameFile", () => {
  const one = { project: "p", name: "a", sizeBytes: 1, lastModified: 2 };
  it("compares project, name, size and time", () => {
    expect(isSameFile(one, { ...one })).toBe(true);
    for (const change of [{ project: "q" }, { name: "b" }, { sizeBytes: 9 }, { lastModified: 9 }]) {
      expect(isSameFile(one, { ...one, ...change })).toBe(false);
    }
  });
});
