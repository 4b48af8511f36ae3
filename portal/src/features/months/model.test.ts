import { describe, expect, it } from "vitest";
import { stretchOf, yearsOf } from "./model";

const values = [
  { value: "2025-12", count: 3 },
  { value: "2026-02", count: 9 },
  { value: "2026-01", count: 5 },
];

describe("the months of a project", () => {
  it("come newest first, whatever was counted most", () => {
    const { months, older } = stretchOf({ exact: true, values });
    expect(months.map(({ month, count }) => `${month} ${count}`)).toEqual([
      "2026-02 9",
      "2026-01 5",
      "2025-12 3",
    ]);
    expect(older).toBeNull();
  });

  it("are asked for again from the month that was not counted to its end", () => {
    const { months, older } = stretchOf({ exact: false, values });
    expect(months.map(({ month }) => month)).toEqual(["2026-02", "2026-01"]);
    expect(older).toEqual({ created__lte: "2025-12" });
  });

  it("go on behind a month that holds more than is ever counted", () => {
    const { months, older } = stretchOf({ exact: false, values: [{ value: "2026-02", count: 20_000 }] });
    expect(months).toEqual([{ month: "2026-02", count: 20_000, isAtLeast: true }]);
    expect(older).toEqual({ created__lt: "2026-02" });
  });

  it("stand under their years with the sum of each", () => {
    const { months } = stretchOf({ exact: true, values });
    expect(yearsOf(months).map(({ year, count, months: held }) => [year, count, held.length])).toEqual([
      ["2026", 14, 2],
      ["2025", 3, 1],
    ]);
  });
});
