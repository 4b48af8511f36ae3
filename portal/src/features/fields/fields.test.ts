import { describe, expect, it } from "vitest";
import type { Field } from "@/api/types";
import { inOrder, isSameValue, parseText, textOf } from "./model";

describe("what is written into a field", () => {
  it("is sent in the field's type", () => {
    expect(parseText("number", " 1 200,5 ")).toEqual({ value: 1200.5 });
    expect(parseText("text", " Scene 4 ")).toEqual({ value: "Scene 4" });
    expect(parseText("date", "2026-01-31")).toEqual({ value: "2026-01-31" });
  });

  it("clears the field when it is empty", () => {
    for (const type of ["text", "number", "date", "datetime", "url"] as const) {
      expect(parseText(type, "  ")).toEqual({ value: null });
    }
  });

  it("is refused before it is sent where it says nothing in that type", () => {
    expect(parseText("number", "many")).toEqual({ fault: "number" });
    expect(parseText("number", "Infinity")).toEqual({ fault: "number" });
    expect(parseText("datetime", "tomorrow")).toEqual({ fault: "datetime" });
  });

  it("comes back as it was written", () => {
    for (const text of ["2026-01-31T18:30", "1999-12-31T23:59"]) {
      const parsed = parseText("datetime", text);
      expect("value" in parsed && textOf("datetime", parsed.value)).toBe(text);
    }
    expect(textOf("number", 42.5)).toBe("42.5");
    expect(textOf("text", null)).toBe("");
  });
});

describe("values and fields", () => {
  it("knows an empty value in both its forms", () => {
    expect(isSameValue(undefined, null)).toBe(true);
    expect(isSameValue(["a", "b"], ["b", "a"])).toBe(false);
  });

  it("puts fields in their order", () => {
    const field = (id: string, order: number): Field => ({ id, order }) as Field;
    expect(inOrder([field("b", 2), field("c", 1), field("a", 2)]).map(({ id }) => id)).toEqual([
      "c",
      "a",
      "b",
    ]);
  });
});
