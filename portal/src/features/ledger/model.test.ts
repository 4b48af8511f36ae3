import { describe, expect, it } from "vitest";
import type { LedgerLine } from "@/api/types";
import { daysOf, formatMoney, holdersOf, MOST_SERIES, peakOf, rangeOf, seriesOf, ticksOf } from "./model";

function line(
  day: string,
  project: string | null,
  bytes: number,
  more: Partial<LedgerLine> = {},
): LedgerLine {
  return {
    day,
    project: project === null ? null : { id: project, name: project.toUpperCase() },
    client: null,
    masters: 1,
    master_bytes: bytes,
    preview_bytes: 10,
    cost: bytes / 100,
    remainder: 0,
    price: 6.99,
    currency: "USD",
    ...more,
  };
}

describe("days", () => {
  it("are the last ones with today, in UTC", () => {
    expect(rangeOf("7", Date.parse("2026-03-02T23:30:00Z"))).toEqual({
      from: "2026-02-24",
      to: "2026-03-02",
    });
    expect(daysOf({ from: "2026-02-27", to: "2026-03-01" })).toEqual([
      "2026-02-27",
      "2026-02-28",
      "2026-03-01",
    ]);
  });
});

describe("holders", () => {
  const lines = [line("2026-03-02", "a", 100), line("2026-03-02", null, 500), line("2026-03-01", "a", 900)];

  it("come with the largest of the newest day first, and sum up what they cost", () => {
    const holders = holdersOf(lines, "project");
    expect(holders.map(({ key, name, cost }) => [key, name, cost])).toEqual([
      ["none", null, 5],
      ["a", "A", 10],
    ]);
  });

  it("are drawn day by day, with a gap where there is no line", () => {
    const days = ["2026-02-28", "2026-03-01", "2026-03-02"];
    const series = seriesOf(holdersOf(lines, "project"), { group: "project", measure: "bytes", days });
    expect(series).toEqual([
      { key: "none", values: [null, null, 510] },
      { key: "a", values: [null, 910, 110] },
    ]);
    expect(peakOf(series)).toBe(910);
  });

  it("are told apart up to a number, and the rest is one", () => {
    const many = Array.from({ length: 9 }, (_none, at) => line("2026-03-02", `p${at}`, 100 + at));
    const series = seriesOf(holdersOf(many, "project"), {
      group: "project",
      measure: "cost",
      days: ["2026-03-02"],
    });
    expect(series).toHaveLength(MOST_SERIES);
    expect(series.at(-1)?.key).toBe("rest");
    expect(series.at(-1)?.values[0]).toBeCloseTo(4.06);
  });

  it("of the whole organisation are originals and previews", () => {
    const series = seriesOf(holdersOf([line("2026-03-02", null, 40)], "organization"), {
      group: "organization",
      measure: "bytes",
      days: ["2026-03-02"],
    });
    expect(series.map(({ key, values }) => [key, values[0]])).toEqual([
      ["masters", 40],
      ["previews", 10],
    ]);
  });
});

describe("the picture's lines", () => {
  it("are round and reach above the peak", () => {
    expect(ticksOf(0)).toEqual([0]);
    expect(ticksOf(910)).toEqual([0, 250, 500, 750, 1000]);
    for (const peak of [1e-9, 0.3, 1, 7.5, 8, 99, 1e13]) {
      expect(ticksOf(peak).at(-1)).toBeGreaterThanOrEqual(peak * (1 - 1e-9));
      expect(ticksOf(peak).length).toBeLessThanOrEqual(6);
    }
  });
});

describe("money", () => {
  it("is never nothing where it is little, and takes any word for a currency", () => {
    expect(formatMoney(12, "USD")).toContain("12.00");
    expect(formatMoney(0.0001, "USD")).toMatch(/^< .*0\.01/);
    expect(formatMoney(0, "USD")).toContain("0.00");
    expect(formatMoney(3, "credits")).toBe("3.00 credits");
  });
});
