import { describe, expect, it } from "vitest";
import { changesOf } from "./model";

describe("what an event changed", () => {
  it("is told field by field", () => {
    const before = { title: "Pier", fields: { scene: "42A", take: 1 } };
    const after = { title: "Old pier", fields: { scene: "42A", take: 2 } };
    expect(changesOf({ before, after })).toEqual([
      { name: "title", before: "Pier", after: "Old pier" },
      { name: "take", before: "1", after: "2" },
    ]);
  });

  it("leaves out what stayed and what says nothing to a person", () => {
    expect(changesOf({ before: { tags: ["a"] }, after: { tags: ["a"], id: "x" } })).toEqual([]);
    const added = ["01a1fe0f-973e-7629-a214-63fe646b0962"];
    expect(changesOf({ before: null, after: { added, moved_to: added[0] } })).toEqual([]);
    expect(changesOf({ before: null, after: null })).toEqual([]);
  });

  it("cuts what is long", () => {
    const [change] = changesOf({ before: null, after: { body: "x".repeat(500) } });
    expect(change?.after).toHaveLength(81);
  });
});
