import { expect, test } from "vitest";
import { NEW_TOKEN, requestOf } from "./model";

const NOW = Date.parse("2026-01-01T00:00:00Z");

test("a token ends after as many days as were chosen", () => {
  expect(requestOf({ ...NEW_TOKEN, name: " Backup " }, NOW)).toEqual({
    name: "Backup",
    scope: "read",
    expires_at: "2026-04-01T00:00:00.000Z",
  });
});

test("a token without an end names none", () => {
  expect(requestOf({ name: "NAS", scope: "write", life: "never" }, NOW)).toEqual({
    name: "NAS",
    scope: "write",
  });
});
