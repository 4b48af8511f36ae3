import { describe, expect, it } from "vitest";
import type { Job } from "@/api/types";
import { canUndo, exportedOf, resultOf } from "./model";

describe("what a job over many assets tells", () => {
  it("is counted, with the faults that name their asset", () => {
    const result = { done: 3, failed: 3, errors: [{ id: "a", detail: "Held." }, "noise"], skipped: ["b"] };
    expect(resultOf({ result } as unknown as Job)).toEqual({
      done: 3,
      failed: 2,
      skipped: 1,
      errors: [{ id: "a", detail: "Held." }],
    });
  });

  it("is nothing yet while it runs", () => {
    expect(resultOf({ result: null } as Job)).toEqual({
      done: 0,
      failed: 0,
      skipped: 0,
      errors: [],
    });
  });

  it("can be taken back where it edited", () => {
    expect(canUndo({ tag: ["sea"] })).toBe(true);
    expect(canUndo({ trash: true })).toBe(false);
  });

  it("is a file where it exported", () => {
    const result = { done: 3, export: { format: "csv", rows: 3, size: 99 } };
    expect(exportedOf({ result })).toBe(3);
    expect(exportedOf({ result: { done: 3 } })).toBeNull();
  });
});
