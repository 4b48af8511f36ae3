import { expect, it } from "vitest";
import { positionOf, spanOf } from "./model";

it("says where it was, on either side of the equator and of Greenwich", () => {
  expect(positionOf({ latitude: 53.551, longitude: 9.99 })).toBe("53.55° N, 9.99° E");
  expect(positionOf({ latitude: -33.9, longitude: -0.5 })).toBe("33.90° S, 0.50° W");
  expect(positionOf({ latitude: null, longitude: 1 })).toBeNull();
});

it("says the day of a shoot once", () => {
  const span = spanOf("2026-05-02T10:00:00", "2026-05-02T13:03:00", "en");
  expect(span.match(/2026/g)).toHaveLength(1);
  expect(span).toMatch(/10:00/);
});
