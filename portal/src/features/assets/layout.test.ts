import { describe, expect, it } from "vitest";
import { between, gridShape, moveCell, rowWindow, scrollToRow, showsSameRows, TALLEST_PX } from "./layout";

describe("gridShape", () => {
  it("fits as many columns as there is room for", () => {
    expect(gridShape(1380).columns).toBe(6);
    expect(gridShape(220).columns).toBe(1);
    expect(gridShape(0).columns).toBe(1);
  });
  it("fills the width", () => {
    const { columns, cellWidth } = gridShape(1000);
    expect(columns * cellWidth + (columns - 1) * 14).toBeCloseTo(1000);
  });
});

describe("rowWindow", () => {
  it("renders what is in view and a little more", () => {
    expect(rowWindow(1000, 100, { scrollTop: 5000, height: 600 })).toEqual({
      first: 48,
      end: 58,
      top: 4800,
      height: 100_000,
    });
  });
  it("renders nothing of an empty list", () => {
    expect(rowWindow(0, 100, { scrollTop: 0, height: 600 })).toMatchObject({ first: 0, end: 0 });
  });
  it("reaches the last row of a list taller than a browser can scroll", () => {
    const bottom = { scrollTop: TALLEST_PX - 600, height: 600 };
    const window = rowWindow(1_000_000, 44, bottom);
    expect(window.end).toBe(1_000_000);
    expect(window.height).toBe(TALLEST_PX);
    expect(window.top).toBeGreaterThan(TALLEST_PX - 1200);
  });
});

describe("scrollToRow", () => {
  it("moves only when it must, and as little as it must", () => {
    const viewport = { scrollTop: 1000, height: 500 };
    expect(scrollToRow(12, 100, 100, viewport)).toBeNull();
    expect(scrollToRow(5, 100, 100, viewport)).toBe(500);
    expect(scrollToRow(20, 100, 100, viewport)).toBe(1600);
  });
  it("works on lists that are mapped", () => {
    const top = scrollToRow(999_999, 1_000_000, 44, { scrollTop: 0, height: 600 });
    expect(top).toBeCloseTo(TALLEST_PX - 600, 0);
  });
});

describe("moveCell", () => {
  const shape = { columns: 4, count: 10 };
  it.each([
    ["ArrowRight", 9, 9],
    ["ArrowLeft", 0, 0],
    ["ArrowDown", 1, 5],
    ["ArrowDown", 7, 9],
    ["ArrowDown", 9, 9],
    ["ArrowUp", 6, 2],
    ["ArrowUp", 2, 2],
    ["PageDown", 1, 9],
    ["PageUp", 9, 1],
    ["Home", 7, 0],
    ["End", 0, 9],
    ["a", 3, null],
  ])("%s from %i leads to %s", (key, from, to) => {
    expect(moveCell(key, from, shape)).toBe(to);
  });
});

describe("between", () => {
  it("goes both ways", () => {
    expect([between(2, 4), between(4, 2), between(3, 3)]).toEqual([[2, 3, 4], [2, 3, 4], [3]]);
  });
});

describe("showsSameRows", () => {
  const at = (scrollTop: number) => ({ scrollTop, height: 500 });
  it("holds within a row, not beyond, and never where positions are mapped", () => {
    expect(showsSameRows(100, 100, at(1010), 1090)).toBe(true);
    expect(showsSameRows(100, 100, at(1010), 1110)).toBe(false);
    expect(showsSameRows(1_000_000, 44, at(1000), 1001)).toBe(false);
  });
});
