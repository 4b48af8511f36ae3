import { describe, expect, it } from "vitest";
import type { Timebase } from "@/player";
import { correctionOf, frameBeside } from "./together";

const base = (num: number, den: number, frameCount: number | null): Timebase => ({
  rate: { num, den },
  dropFrame: false,
  firstPts: 0,
  frameCount,
  startFrame: 0,
});

describe("two versions side by side", () => {
  it("stand on the same frame, and the shorter one on its last", () => {
    const [one, other] = [base(25, 1, 100), base(50, 2, 40)];
    expect(frameBeside(17, one, other)).toBe(17);
    expect(frameBeside(90, one, other)).toBe(39);
  });

  it("stand at the same time where they count differently", () => {
    expect(frameBeside(24, base(24, 1, null), base(25, 1, null))).toBe(25);
    expect(frameBeside(0, base(25, 1, null), base(24000, 1001, null))).toBe(0);
  });

  it("are brought together gently when they are close, and at once when they are not", () => {
    expect(correctionOf(0)).toBe(1);
    expect(correctionOf(2)).toBeCloseTo(0.94);
    expect(correctionOf(-2)).toBeCloseTo(1.06);
    expect(correctionOf(10)).toBeCloseTo(0.88);
    expect(correctionOf(-40)).toBe("jump");
  });
});
