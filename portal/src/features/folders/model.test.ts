import { expect, it } from "vitest";
import { below, crumbsOf, directly } from "./model";

it("leads to a folder through all that hold it", () => {
  expect(crumbsOf("Day 1/Camera A/Raw")).toEqual([
    { name: "Day 1", path: "Day 1" },
    { name: "Camera A", path: "Day 1/Camera A" },
    { name: "Raw", path: "Day 1/Camera A/Raw" },
  ]);
  expect(crumbsOf("")).toEqual([]);
});

it("asks for what lies at the top, and for everything, without a path", () => {
  expect(directly("")).toEqual({ folder: "/" });
  expect(below("")).toEqual({});
  expect(directly("Day 1")).toEqual({ folder: "Day 1" });
  expect(below("Day 1")).toEqual({ folder__prefix: "Day 1" });
});
