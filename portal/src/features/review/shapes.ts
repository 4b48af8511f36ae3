import { isRecord } from "@/api/errors";

/** A place on the picture, both from 0 to 1. */
export type Point = readonly [number, number];

export interface Shape {
  readonly tool: string;
  readonly points: readonly Point[];
  readonly color: string;
  /** A fraction of the picture's width, as this portal draws, or pixels of somebody else's pen. */
  readonly width: number;
  readonly text?: string;
}

export interface Drawing {
  readonly v: 1;
  readonly shapes: readonly Shape[];
}

/** The shapes of a comment, whoever drew them; what cannot be drawn is left out. */
export function shapesOf(annotation: unknown): Shape[] {
  if (!isRecord(annotation) || !Array.isArray(annotation.shapes)) return [];
  return annotation.shapes.flatMap(shapeIn);
}

function shapeIn(value: unknown): Shape[] {
  if (!isRecord(value) || !Array.isArray(value.points)) return [];
  const { tool, color, width, text } = value;
  const points = value.points.flatMap((point: unknown): Point[] =>
    Array.isArray(point) && typeof point[0] === "number" && typeof point[1] === "number"
      ? [[point[0], point[1]]]
      : [],
  );
  if (typeof tool !== "string" || typeof color !== "string" || typeof width !== "number") return [];
  if (points.length === 0) return [];
  return [{ tool, points, color, width, ...(typeof text === "string" && { text }) }];
}

export function drawingOf(shapes: readonly Shape[]): Drawing | null {
  return shapes.length > 0 ? { v: 1, shapes } : null;
}
