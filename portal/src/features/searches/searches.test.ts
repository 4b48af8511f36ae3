import { expect, it } from "vitest";
import { addressOf } from "./model";

it("opens a saved search in its own project, with everything that it asks for", () => {
  const query = { project: "p1", q: "pier", "field.take": 3, trashed: false, tag: "" };
  expect(addressOf(query, "p2")).toEqual({
    projectId: "p1",
    words: { q: "pier", "field.take": "3", trashed: "false" },
  });
});

it("opens one without a project in the project that is open", () => {
  expect(addressOf({ kind: "video" }, "p2")).toEqual({ projectId: "p2", words: { kind: "video" } });
});
