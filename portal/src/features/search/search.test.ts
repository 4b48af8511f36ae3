import { expect, it } from "vitest";
import { parametersOf } from "./model";

it("asks for no more than was chosen", () => {
  const nothing = { org: "o", q: "", project: undefined, kind: undefined };
  expect(parametersOf(nothing)).toEqual({ org: "o" });
  expect(parametersOf({ ...nothing, q: "red car", project: "p", kind: "video" })).toEqual({
    org: "o",
    q: "red car",
    project: "p",
    kind: "video",
  });
});
