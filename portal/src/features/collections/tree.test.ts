import { describe, expect, it } from "vitest";
import type { Collection } from "@/api/types";
import { mayNest, possibleParents, treeOf } from "./tree";

const collection = (id: string, parent: string | null = null): Collection =>
  ({ id, name: id, parent }) as Collection;
const all = [
  collection("b"),
  collection("b1", "b"),
  collection("a"),
  collection("b1x", "b1"),
  collection("z", "?"),
];

describe("nested collections", () => {
  it("stand below what holds them, sorted by name", () => {
    expect(treeOf(all).map(({ collection: { id }, depth }) => `${depth} ${id}`)).toEqual([
      "0 a",
      "0 b",
      "1 b1",
      "2 b1x",
      "0 z",
    ]);
  });

  it("cannot be moved into themselves", () => {
    expect(possibleParents(all, "b").map((branch) => branch.collection.id)).toEqual(["a", "z"]);
    expect(possibleParents(all, null)).toHaveLength(5);
  });

  it("can be dragged to another place, never into themselves or where they are", () => {
    expect(mayNest(all, "a", "b1")).toBe(true);
    expect(mayNest(all, "b1", null)).toBe(true);
    expect(mayNest(all, "b", "b1x")).toBe(false);
    expect(mayNest(all, "b1", "b")).toBe(false);
    expect(mayNest(all, "gone", "a")).toBe(false);
  });
});
