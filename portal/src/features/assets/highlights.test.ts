import { describe, expect, it } from "vitest";
import { foundIn, literally, piecesOf } from "./highlights";

describe("found words", () => {
  it("are marked in their text", () => {
    expect(piecesOf("Opening shot", [[0, 7]])).toEqual([
      { text: "Opening", isFound: true },
      { text: " shot", isFound: false },
    ]);
  });

  it("are counted in characters as people see them, in any order and beyond the end", () => {
    const pieces = piecesOf("🎬 dawn, 夜景", [
      [8, 99],
      [2, 6],
    ]);
    expect(pieces.filter(({ isFound }) => isFound).map(({ text }) => text)).toEqual(["dawn", "夜景"]);
    expect(pieces.map(({ text }) => text).join("")).toBe("🎬 dawn, 夜景");
  });

  it("are shown in the title and in one place beside it", () => {
    const title = { in: "title", text: "Pier", ranges: [[0, 4]] };
    const comment = { in: "comment", text: "the pier", ranges: [[4, 8]] };
    expect(foundIn([title, comment])).toEqual({ title, beside: comment });
    expect(foundIn(undefined)).toEqual({ title: undefined, beside: undefined });
  });
});

it("takes a mistyped word as it was typed when asked to", () => {
  expect(literally("night Harbuor kind:image", "harbuor")).toBe('night "Harbuor" kind:image');
  expect(literally("tag:harbuor", "harbuor")).toBeNull();
});
