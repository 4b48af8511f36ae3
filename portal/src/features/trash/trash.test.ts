import { describe, expect, it } from "vitest";
import { type DeleteCost, formatMoney, sumOf } from "./model";

const cost = (rest: Partial<DeleteCost>): DeleteCost => ({
  currency: "USD",
  now: 0,
  free_from: null,
  held: false,
  bytes: 0,
  ...rest,
});

describe("what a delete costs", () => {
  it("is added up over all assets, until the last of them is free", () => {
    const sum = sumOf([
      cost({ now: 0.5, bytes: 10, free_from: "2026-03-01T00:00:00Z" }),
      cost({ now: 0.25, bytes: 5, free_from: "2026-02-01T00:00:00Z" }),
      cost({ bytes: 1, free_from: "2027-01-01T00:00:00Z", held: true }),
    ]);
    expect(sum).toEqual({
      bytes: 16,
      held: 1,
      now: [{ currency: "USD", amount: 0.75 }],
      freeFrom: "2026-03-01T00:00:00Z",
    });
  });

  it("names no money where it costs nothing", () => {
    expect(sumOf([cost({})]).now).toEqual([]);
  });

  it("is written with its currency, also one that nobody knows", () => {
    expect(formatMoney(1.5, "USD")).toContain("1.50");
    expect(formatMoney(0.0004, "USD")).toMatch(/^< .*0.01/);
    expect(formatMoney(2, "Taler")).toBe("2.00 Taler");
  });
});
