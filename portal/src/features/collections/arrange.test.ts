import { describe, expect, it } from "vitest";
import { beforeAt, landing, placeAfterKey } from "./arrange";

const ids = ["a", "b", "c", "d"];
const list = { total: 4, idAt: (index: number) => ids[index] };

describe("arranging by hand", () => {
  it("puts what is moved before the asset on which it is dropped", () => {
    expect(beforeAt(list, new Set(["d"]), 1)).toBe("b");
  });

  it("looks past what is being moved itself", () => {
    expect(beforeAt(list, new Set(["b", "c"]), 1)).toBe("d");
  });

  it("knows the end, and what is not loaded", () => {
    expect(beforeAt(list, new Set(["a"]), 4)).toBeNull();
    expect(beforeAt({ total: 9, idAt: () => undefined }, new Set(["a"]), 5)).toBeUndefined();
  });

  it("says where things are afterwards", () => {
    expect(landing(list, new Set(["a"]), 2)).toBe(2);
    expect(landing(list, new Set(["d"]), 1)).toBe(2);
  });

  it("steps by arrow keys, a row up and down, and stops at the edges", () => {
    const shape = { columns: 2, total: 4 };
    expect(placeAfterKey("ArrowRight", 0, shape)).toBe(1);
    expect(placeAfterKey("ArrowDown", 1, shape)).toBe(3);
    expect(placeAfterKey("ArrowUp", 3, shape)).toBe(1);
    expect(placeAfterKey("ArrowLeft", 0, shape)).toBeNull();
    expect(placeAfterKey("Enter", 0, shape)).toBeNull();
  });
});
