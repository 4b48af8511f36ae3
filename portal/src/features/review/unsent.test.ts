import { describe, expect, it } from "vitest";
import { keepOutbox, keepUnsent, outboxOf, placeOf, unsentAt } from "./unsent";

const access = { key: "member:one" };

function shelf() {
  const kept = new Map<string, string>();
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
}

describe("what is written and not sent", () => {
  const unsent = { body: "The logo is late", internal: true, at: { from: 4, to: 9 }, shapes: [] };

  it("is found again where it was written, as internal as it was, and nowhere else", () => {
    const kept = shelf();
    keepUnsent(kept, placeOf(access, "v1"), unsent);
    expect(unsentAt(kept, placeOf(access, "v1"))).toEqual(unsent);
    expect(unsentAt(kept, placeOf(access, "v2"))).toBeNull();
    expect(unsentAt(kept, placeOf(access, "v1", "thread"))).toBeNull();
    expect(unsentAt(kept, placeOf({ key: "member:two" }, "v1"))).toBeNull();
  });

  it("is forgotten when the box is emptied, and where the shelf holds something else", () => {
    const kept = shelf();
    const place = placeOf(access, "v1");
    keepUnsent(kept, place, unsent);
    keepUnsent(kept, place, { ...unsent, body: " " });
    expect(unsentAt(kept, place)).toBeNull();
    kept.setItem(place, "{broken");
    expect(unsentAt(kept, place)).toBeNull();
  });

  it("never stops anybody from writing on", () => {
    const full = {
      ...shelf(),
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    };
    expect(() => keepUnsent(full, placeOf(access, "v1"), unsent)).not.toThrow();
  });
});

it("comments that never arrived are there to be sent again", () => {
  const kept = shelf();
  const shape = { tool: "pen", color: "#fff", width: 0.01, points: [[0.1, 0.2]] } as const;
  const drawing = { v: 1, shapes: [shape] } as const;
  const place = { anchor: { from: 1, to: 2 }, page: null, parent: null };
  const draft = { body: "Late", internal: true, ...place, drawing, key: "once" };
  keepOutbox(kept, access, "v1", [draft]);
  expect(outboxOf(kept, access, "v1")).toEqual([draft]);
  keepOutbox(kept, access, "v1", []);
  expect(outboxOf(kept, access, "v1")).toEqual([]);
});
