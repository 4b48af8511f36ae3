import { expect, it } from "vitest";
import { byFrequency } from "./model";

it("proposes the tags that are used most first", () => {
  expect(byFrequency(["night", "sea", "night", "dawn"])).toEqual(["night", "dawn", "sea"]);
});
