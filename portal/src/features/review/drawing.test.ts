import { describe, expect, it } from "vitest";
import { beginning, drawnTo, outlineOf, thicknessOf, withShape } from "./drawing";
import { drawingOf, shapesOf } from "./shapes";

const size = { width: 1000, height: 500 };

describe("drawing", () => {
  it("goes through all places with a pen, and from the first to the last with the rest", () => {
    const pen = [
      [0.2, 0.2],
      [0.2, 0.20001],
      [0.3, 2],
    ] as const;
    const line = pen.reduce((shape, to) => drawnTo(shape, to), beginning("pen", "#fff", [0.1, 0.1]));
    expect(line.points).toEqual([
      [0.1, 0.1],
      [0.2, 0.2],
      [0.3, 1],
    ]);
    const arrow = pen.reduce((shape, to) => drawnTo(shape, to), beginning("arrow", "#fff", [0.1, 0.1]));
    expect(arrow.points).toEqual([
      [0.1, 0.1],
      [0.3, 1],
    ]);
  });

  it("takes a dot for a dot, and an arrow of one place for nothing", () => {
    const dot = beginning("pen", "#fff", [0.5, 0.5]);
    expect(withShape([], dot)).toEqual([dot]);
    expect(withShape([], beginning("box", "#fff", [0.5, 0.5]))).toEqual([]);
    expect(drawingOf([])).toBeNull();
  });

  it("ends where the server takes no more", () => {
    const dot = beginning("pen", "#fff", [0.5, 0.5]);
    const full = Array.from({ length: 200 }, () => dot);
    expect(withShape(full, dot)).toHaveLength(200);
  });

  it("is as large as the picture", () => {
    const box = drawnTo(beginning("box", "#fff", [0.1, 0.2]), [0.5, 0.4]);
    expect(outlineOf(box, size)).toBe("M100 100L500 100L500 200L100 200Z");
    expect(thicknessOf(box, size)).toBe(5);
    expect(thicknessOf({ ...box, width: 3 }, size)).toBe(3);
  });
});

it("what others drew is shown as far as it can be read", () => {
  const good = {
    tool: "ellipse",
    points: [
      [0, 0],
      [1, 1],
    ],
    color: "red",
    width: 4,
  };
  expect(shapesOf({ v: 1, shapes: [good, { ...good, points: ["x"] }, "noise"] })).toEqual([good]);
  expect(shapesOf({ v: 1, shapes: [{ ...good, tool: "spline" }] })[0] && "drawn").toBe("drawn");
  expect(shapesOf(null)).toEqual([]);
  expect(
    outlineOf(
      {
        ...good,
        points: [
          [0, 0],
          [1, 1],
        ],
      },
      size,
    ),
  ).toContain("A500 250");
});
