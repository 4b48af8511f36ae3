import { describe, expect, it } from "vitest";
import type { Activity } from "@/api/types";
import { changesOf, groupsOf, spanOf } from "./model";

const verb = "asset.updated";
const SOMEBODY = "01a1fe0f-973e-7629-a214-63fe646b0962";

describe("what an event changed", () => {
  it("is told field by field", () => {
    const before = { title: "Pier", fields: { scene: "42A", take: 1 } };
    const after = { title: "Old pier", fields: { scene: "42A", take: 2 } };
    expect(changesOf({ verb, before, after })).toEqual([
      { name: "title", before: "Pier", after: "Old pier" },
      { name: "take", before: "1", after: "2" },
    ]);
  });

  it("leaves out what stayed and what says nothing to a person", () => {
    expect(changesOf({ verb, before: { tags: ["a"] }, after: { tags: ["a"], id: "x" } })).toEqual([]);
    expect(changesOf({ verb, before: null, after: { added: [SOMEBODY], moved_to: SOMEBODY } })).toEqual([]);
    expect(changesOf({ verb, before: null, after: null })).toEqual([]);
  });

  it("names people instead of their ids", () => {
    const after = { fields: { producer: SOMEBODY } };
    expect(changesOf({ verb, before: null, after }, () => "Ines")).toEqual([
      { name: "producer", before: null, after: "Ines" },
    ]);
  });

  it("of a comment is what was written, not how it is kept", () => {
    const after = { body: "Warmer", author: { name: "Ines" }, frame_in: 5, resolved: false };
    expect(changesOf({ verb: "comment.created", before: null, after })).toEqual([
      { name: "body", before: null, after: "Warmer" },
    ]);
  });

  it("cuts what is long", () => {
    const [change] = changesOf({ verb, before: null, after: { body: "x".repeat(500) } });
    expect(change?.after).toHaveLength(81);
  });
});

it("gathers what one does again and again, unless there is more to tell", () => {
  const event = (id: string, kind: string, after: Activity["after"] = null) =>
    ({
      id,
      verb: kind,
      actor: { id: null, name: "system", kind: "system" },
      before: null,
      after,
    }) as Activity;
  const events = [
    event("1", "preview.updated"),
    event("2", "preview.updated"),
    event("3", verb, { title: "Pier" }),
    event("4", verb, { title: "Sea" }),
  ];
  expect(groupsOf(events).map(({ first, others }) => [first.id, others.length])).toEqual([
    ["1", 1],
    ["3", 0],
    ["4", 0],
  ]);
});

it("asks for whole days, the last one with its evening", () => {
  expect(spanOf("", "")).toEqual({});
  const { after, before } = spanOf("2026-03-28", "2026-03-28");
  expect(new Date(after ?? "").getHours()).toBe(0);
  expect(new Date(before ?? "").getDate()).toBe(29);
});
