import { describe, expect, it } from "vitest";
import {
  clampFrame,
  clockLabel,
  droppedPerMinute,
  frameAt,
  frameOfMediaTime,
  frameOfTimecode,
  labelOf,
  middleOf,
  parseRate,
  type Rate,
  type Timebase,
  timecodeOf,
} from "./timecode";

const P25: Rate = { num: 25, den: 1 };
const P23: Rate = { num: 24_000, den: 1001 };
const P29: Rate = { num: 30_000, den: 1001 };
const P59: Rate = { num: 60_000, den: 1001 };

function timebase(rate: Rate, rest: Partial<Timebase> = {}): Timebase {
  return { rate, firstPts: 0, frameCount: 1000, startFrame: 0, dropFrame: false, ...rest };
}

describe("parseRate", () => {
  it("reads fractions and whole numbers", () => {
    expect(parseRate("30000/1001")).toEqual(P29);
    expect(parseRate("25")).toEqual(P25);
  });
  it.each([null, undefined, "", "29.97", "0/1", "25/0", "-25/1"])("refuses %s", (text) => {
    expect(parseRate(text)).toBeNull();
  });
});

describe("timecode", () => {
  it.each([
    [P25, false, 0, "00:00:00:00"],
    [P25, false, 90_000, "01:00:00:00"],
    [P23, false, 86_400, "01:00:00:00"],
    [P29, true, 1799, "00:00:59;29"],
    [P29, true, 1800, "00:01:00;02"],
    [P29, true, 17_981, "00:09:59;29"],
    [P29, true, 17_982, "00:10:00;00"],
    [P29, true, 107_892, "01:00:00;00"],
    [P29, false, 1800, "00:01:00:00"],
    [P59, true, 3600, "00:01:00;04"],
    [P59, true, 35_964, "00:10:00;00"],
    [P25, false, 25 * 86_400, "00:00:00:00"],
  ])("labels a frame (%o, drop %s, %i)", (rate, drop, frame, label) => {
    expect(timecodeOf(frame, rate, drop)).toBe(label);
  });

  it.each([
    [P29, true],
    [P59, true],
    [P25, false],
    [P23, false],
  ])("comes back from its label over a whole day (%o)", (rate, drop) => {
    const day = (Math.round(rate.num / rate.den) * 600 - (drop ? droppedPerMinute(rate) * 9 : 0)) * 144;
    for (let frame = 0; frame < day; frame += 397) {
      expect(frameOfTimecode(timecodeOf(frame, rate, drop), rate, drop)).toBe(frame);
    }
  });

  it("refuses labels that drop frame skips", () => {
    expect(frameOfTimecode("00:01:00;01", P29, true)).toBeNull();
    expect(frameOfTimecode("00:10:00;01", P29, true)).toBe(17_983);
    expect(frameOfTimecode("00:01:00;03", P59, true)).toBeNull();
  });

  it.each(["", "1", "24:00:00:00", "00:60:00:00", "00:00:60:00", "00:00:00:25"])(
    "refuses %s at 25",
    (text) => {
      expect(frameOfTimecode(text, P25, false)).toBeNull();
    },
  );

  it("knows no drop frame outside 29.97 and 59.94", () => {
    expect([P25, P23, { num: 30, den: 1 }].map(droppedPerMinute)).toEqual([0, 0, 0]);
    expect(timecodeOf(1800, P25, true)).toBe("00:01:12:00");
  });

  it("adds the start timecode", () => {
    expect(labelOf(5, timebase(P25, { startFrame: 90_000 }))).toBe("01:00:00:05");
  });
});

describe("frame times", () => {
  it.each([P25, P23, P29, P59])("finds every frame from its middle and from its edge (%o)", (rate) => {
    const base = timebase(rate, { firstPts: 0.08 });
    for (let frame = 0; frame < 3000; frame += 7) {
      const edge = base.firstPts + (frame * rate.den) / rate.num;
      expect(frameAt(middleOf(frame, base), base)).toBe(frame);
      expect(frameOfMediaTime(Math.round(edge * 1e6) / 1e6, base)).toBe(frame);
      expect(frameAt(Math.floor(edge * 1e6) / 1e6, base)).toBe(frame);
    }
  });
  it("never leaves the clip", () => {
    const base = timebase(P25, { frameCount: 10 });
    expect([clampFrame(-3, base), clampFrame(4.4, base), clampFrame(10, base)]).toEqual([0, 4, 9]);
    expect(clampFrame(99, { ...base, frameCount: null })).toBe(99);
    expect(clampFrame(5, { ...base, frameCount: 0 })).toBe(0);
    expect(frameAt(-1, base)).toBe(0);
  });
});

describe("clockLabel", () => {
  it("writes minutes and tenths, and hours when there are any", () => {
    expect([clockLabel(0), clockLabel(62.57), clockLabel(3723.4)]).toEqual(["0:00.0", "1:02.5", "1:02:03.4"]);
  });
});
