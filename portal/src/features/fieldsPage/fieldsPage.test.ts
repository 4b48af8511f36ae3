import { describe, expect, it } from "vitest";
import type { Field } from "@/api/types";
import { moved } from "./model";

const field = (id: string, order: number): Field => ({ id, order }) as Field;

describe("moving a field", () => {
  it("changes the two that swap places, and no other", () => {
    expect(moved([field("a", 1), field("b", 2), field("c", 3)], "c", -1)).toEqual([
      { id: "c", order: 2 },
      { id: "b", order: 3 },
    ]);
  });

  it("gives places of their own to fields that shared one", () => {
    expect(moved([field("a", 0), field("b", 0)], "a", 1)).toEqual([
      { id: "b", order: 1 },
      { id: "a", order: 2 },
    ]);
  });

  it("stops at the ends", () => {
    expect(moved([field("a", 1), field("b", 2)], "a", -1)).toBeNull();
    expect(moved([field("a", 1), field("b", 2)], "b", 1)).toBeNull();
  });
});
