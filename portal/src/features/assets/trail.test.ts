import { beforeEach, describe, expect, it } from "vitest";
import { filtersOf } from "./filters";
import { addressOfList, leaveTrail, placeIn, trailOf } from "./trail";

const filters = filtersOf("p", { q: "sea", sort: "title", tag__not: "draft" });
const trail = { asset: "a", index: 7, filters, view: "list" } as const;

describe("the list in which an asset was opened", () => {
  beforeEach(() => sessionStorage.clear());

  it("is remembered with the place in it", () => {
    expect(trailOf(sessionStorage)).toBeNull();
    leaveTrail(sessionStorage, trail);
    expect(trailOf(sessionStorage)).toEqual(trail);
    expect(placeIn(sessionStorage, filters)).toBe(7);
    expect(placeIn(sessionStorage, filtersOf("p", {}))).toBeNull();
  });

  it("has an address with what it was asked for", () => {
    expect(addressOfList(trail)).toEqual({ q: "sea", sort: "title", tag__not: "draft", view: "list" });
    expect(addressOfList({ filters: filtersOf("p", {}), view: "grid" })).toEqual({});
  });

  it("is none where something else was kept", () => {
    for (const kept of ["{", "7", '{"asset":"a"}', '{"asset":"a","index":1.5,"filters":{"project":"p"}}']) {
      sessionStorage.setItem("dam.trail", kept);
      expect(trailOf(sessionStorage)).toBeNull();
    }
  });
});
