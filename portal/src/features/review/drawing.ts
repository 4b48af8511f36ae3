import type { Point, Shape } from "./shapes";

export const TOOLS = ["pen", "arrow", "box"] as const;
export type Tool = (typeof TOOLS)[number];

/** Told apart on any picture, and by most who see colours differently. */
export const COLORS = ["#ff4d4d", "#ffd23f", "#3fd0ff", "#ffffff"] as const;

const PEN_WIDTH = 0.005;
/** The server takes no more. */
const MOST_SHAPES = 200;
const MOST_POINTS = 20_000;
/** What moved less is the same place: a third of a thousandth of the picture. */
const SAME_PLACE = 0.0003;

export function beginning(tool: Tool, color: string, at: Point): Shape {
  return { tool, color, width: PEN_WIDTH, points: [rounded(at)] };
}

/** A shape drawn on to a place: a pen goes through all of them, the others from the first to the last. */
export function drawnTo(shape: Shape, to: Point): Shape {
  const [first] = shape.points;
  const last = shape.points.at(-1);
  if (!first || !last) return shape;
  const next = rounded(to);
  if (shape.tool !== "pen") return { ...shape, points: [first, next] };
  const moved = Math.hypot(next[0] - last[0], next[1] - last[1]);
  return moved < SAME_PLACE ? shape : { ...shape, points: [...shape.points, next] };
}

/** The drawing with one more shape, unless it is nothing but a click, or more than the server takes. */
export function withShape(shapes: readonly Shape[], shape: Shape): readonly Shape[] {
  const isNothing = shape.tool !== "pen" && shape.points.length < 2;
  const points = [...shapes, shape].reduce((sum, each) => sum + each.points.length, 0);
  return isNothing || shapes.length >= MOST_SHAPES || points > MOST_POINTS ? shapes : [...shapes, shape];
}

/** Fractions with what a picture of 10,000 pixels shows, and inside of it. */
function rounded([x, y]: Point): Point {
  const inside = (part: number): number => Math.round(Math.min(1, Math.max(0, part)) * 10_000) / 10_000;
  return [inside(x), inside(y)];
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** How thick a shape is drawn, in the units of a picture that is so large. */
export function thicknessOf({ width }: Shape, size: Size): number {
  return width < 1 ? width * size.width : width;
}

/** The outline of a shape as an SVG path, in the units of a picture that is so large. */
export function outlineOf(shape: Shape, size: Size): string {
  const points = shape.points.map(([x, y]): Point => [x * size.width, y * size.height]);
  const [first = [0, 0]] = points;
  const last = points.at(-1) ?? first;
  switch (shape.tool) {
    case "arrow":
      return arrowOf(first, last, Math.max(12, thicknessOf(shape, size) * 5));
    case "box":
    case "rect":
    case "rectangle":
      return `M${at(first)}L${at([last[0], first[1]])}L${at(last)}L${at([first[0], last[1]])}Z`;
    case "circle":
    case "ellipse":
      return ellipseIn(first, last);
    default:
      return points.length === 1 ? `M${at(first)}l0.01 0` : `M${points.map(at).join("L")}`;
  }
}

const at = ([x, y]: Point): string => `${Number(x.toFixed(2))} ${Number(y.toFixed(2))}`;

function arrowOf(from: Point, to: Point, head: number): string {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const side = (turn: number): Point => [
    to[0] - head * Math.cos(angle + turn),
    to[1] - head * Math.sin(angle + turn),
  ];
  return `M${at(from)}L${at(to)}M${at(side(0.45))}L${at(to)}L${at(side(-0.45))}`;
}

function ellipseIn(one: Point, other: Point): string {
  const [rx, ry] = [Math.abs(other[0] - one[0]) / 2, Math.abs(other[1] - one[1]) / 2];
  const y = (one[1] + other[1]) / 2;
  return `M${at([one[0], y])}A${rx} ${ry} 0 1 1 ${at([other[0], y])}A${rx} ${ry} 0 1 1 ${at([one[0], y])}`;
}
