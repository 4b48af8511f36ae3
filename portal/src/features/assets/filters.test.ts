import { describe, expect, it } from "vitest";
import {
  choiceOf,
  conditionChips,
  conditionsOf,
  filtersOf,
  parametersOf,
  sortAfter,
  wholeOf,
  withChoice,
} from "./filters";

describe("the filters in an address", () => {
  it("are read with what is asked of fields, as texts", () => {
    expect(
      conditionsOf({ fps: 23.976, "field.scene__not": "42A", view: "list", owner__password: "x" }),
    ).toEqual({
      fps: "23.976",
      "field.scene__not": "42A",
    });
  });

  it("begin with the newest, and forget an order that is none", () => {
    expect(filtersOf("p", {}).sort).toBe("-created_at");
    expect(filtersOf("p", { sort: "field.year" }).sort).toBe("field.year");
    expect(filtersOf("p", { sort: "title; drop" }).sort).toBe("-created_at");
  });

  it("become the parameters of a request", () => {
    const filters = filtersOf("p", { q: "pier", kind: "image", trashed: true });
    expect(parametersOf(filters)).toEqual({ project: "p", q: "pier", kind: "image", trashed: "true" });
  });

  it("name a whole list by what it took mistyped words for", () => {
    const filters = filtersOf("p", { q: "harbuor" });
    expect(wholeOf(filters, "harbuor:harbor,harbour")).toEqual({
      project: "p",
      q: "harbuor",
      meant: "harbuor:harbor,harbour",
    });
    expect(wholeOf(filters, "")).toEqual({ project: "p", q: "harbuor" });
  });
});

describe("choosing values of a facet", () => {
  it("asks for one, then for any of several", () => {
    const one = withChoice({}, "tag", "night", "in");
    expect(one).toEqual({ tag: "night" });
    const two = withChoice(one, "tag", "sea", "in");
    expect(two).toEqual({ tag__in: "night,sea" });
    expect(choiceOf(two, "tag").included).toEqual(["night", "sea"]);
  });

  it("shuts a value out instead of asking for it, never both", () => {
    expect(withChoice({ kind: "video", q: "x" }, "kind", "video", "out")).toEqual({
      kind__not: "video",
      q: "x",
    });
  });

  it("lets a value go", () => {
    expect(withChoice({ tag__in: "night,sea" }, "tag", "sea", "off")).toEqual({ tag: "night" });
    expect(withChoice({ kind__not: "audio" }, "kind", "audio", "off")).toEqual({});
  });
});

describe("the filters in force", () => {
  it("stand one by one, each with what is left without it", () => {
    const chips = conditionChips({ tag__in: "night,sea", kind__not: "audio", duration__gte: "60" });
    expect(chips.map(({ name, value, isExcluded }) => [name, value, isExcluded])).toEqual([
      ["tag", "night", false],
      ["tag", "sea", false],
      ["kind", "audio", true],
      ["duration", "≥ 60", false],
    ]);
    expect(chips[0]?.rest).toEqual({ tag: "sea", kind__not: "audio", duration__gte: "60" });
    expect(chips[3]?.rest).toEqual({ tag__in: "night,sea", kind__not: "audio" });
  });
});

describe("a press on a column", () => {
  it("orders by it, and another turns the order round", () => {
    expect(sortAfter("-created_at", "title")).toBe("title");
    expect(sortAfter("title", "title")).toBe("-title");
    expect(sortAfter("-title", "size")).toBe("-size");
    expect(sortAfter("-size", "size")).toBe("size");
    expect(sortAfter("kind", "kind")).toBe("kind");
  });
});
