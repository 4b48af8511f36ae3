import { expect, it } from "vitest";
import { byFrequency } from "./model";

it("proposes the tags that are used most first", () => {
  const tags = [
    { name: "dawn", count: 1 },
    { name: "night", count: 2 },
    { name: "sea", count: 1 },
  ];
  expect(byFrequency(tags)).toEqual(["night", "dawn", "sea"]);
});
