import { describe, expect, it } from "vitest";
import { formatAgo, formatBytes, formatDuration, initials } from "./format";

describe("formats", () => {
  it("writes sizes with three digits", () => {
    expect([0, 999, 1000, 1_234_567, 45_678_901, 50e9, 999_600].map(formatBytes)).toEqual([
      "0 B",
      "999 B",
      "1.00 kB",
      "1.23 MB",
      "45.7 MB",
      "50.0 GB",
      "1.00 MB",
    ]);
  });
  it("writes durations", () => {
    expect([0, 7.4, 62, 3723].map(formatDuration)).toEqual(["0:00", "0:07", "1:02", "1:02:03"]);
  });
  it("says how long ago", () => {
    const now = Date.parse("2026-05-05T12:00:00Z");
    expect(formatAgo("2026-05-05T11:57:00Z", now)).toBe("3 minutes ago");
    expect(formatAgo("2026-05-05T11:59:50Z", now)).toBe("now");
    expect(formatAgo("2026-05-03T12:00:00Z", now)).toBe("2 days ago");
  });
  it("finds initials", () => {
    expect([initials("Ada Lovelace"), initials("ada@x.y"), initials("")]).toEqual(["AL", "AX", "?"]);
  });
});
