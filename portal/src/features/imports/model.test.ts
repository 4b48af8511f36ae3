import { expect, it } from "vitest";
import { formatOf, reportOf } from "./model";

it("tells what a file holds by its ending", () => {
  expect(formatOf("Shots.CSV")).toBe("csv");
  expect(formatOf("a.b.jsonl")).toBe("jsonl");
  expect(formatOf("list.tsv")).toBe("csv");
  expect(formatOf("film.mov")).toBeNull();
});

it("reads what an import would change, value by value, and which rows it cannot take", () => {
  const report = reportOf({
    result: {
      rows: 3,
      changed: 1,
      unchanged: 1,
      failed: 1,
      ignored: ["size"],
      errors: [{ row: 3, column: "take", id: null, detail: "Must be a number." }],
      errors_left_out: 2,
      changes: [
        {
          row: 2,
          id: "a",
          title: "Dawn",
          before: { title: "Dawn", tags: [], fields: { take: null } },
          after: { title: "Dusk", tags: ["sea", "night"], fields: { take: 3 } },
        },
      ],
    },
  });
  expect(report.faults).toEqual([{ row: 3, column: "take", detail: "Must be a number." }]);
  expect(report.moreFaults).toBe(2);
  expect(report.changes[0]?.values).toEqual([
    { name: "title", before: "Dawn", after: "Dusk" },
    { name: "tags", before: "—", after: "sea, night" },
    { name: "take", before: "—", after: "3" },
  ]);
});

it("tells nothing while nothing is known", () => {
  expect(reportOf({ result: null })).toMatchObject({ rows: 0, faults: [], changes: [] });
});
