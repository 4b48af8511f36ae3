import { describe, expect, it } from "vitest";
import type { AssetDetail } from "@/api/types";
import { addingTag, fieldPath, removingTag, replacing, requestOf, valueAt } from "./editModel";

const asset = { title: "Pier", tags: ["sea"], fields: { scene: "42A" } } as unknown as AssetDetail;

describe("an edit of an asset", () => {
  it("names only what it changes", () => {
    expect(requestOf(replacing("title", "Pier", "Old pier"), "Pier")).toEqual({ title: "Old pier" });
    expect(requestOf(replacing(fieldPath("scene"), "42A", null), "42A")).toEqual({ fields: { scene: null } });
  });

  it("is overtaken by another value of the same thing, not by the same value", () => {
    const edit = replacing(fieldPath("scene"), "42A", "43");
    expect(edit.isOvertakenBy("42B")).toBe(true);
    expect(edit.isOvertakenBy("42A")).toBe(false);
  });

  it("merges tags with what others have done to them", () => {
    expect(requestOf(addingTag("dawn"), ["sea", "boats"])).toEqual({ tags: ["sea", "boats", "dawn"] });
    expect(requestOf(addingTag("sea"), ["sea"])).toEqual({ tags: ["sea"] });
    expect(requestOf(removingTag("sea"), ["sea", "boats"])).toEqual({ tags: ["boats"] });
  });

  it("finds what an asset holds", () => {
    expect(valueAt(asset, fieldPath("scene"))).toBe("42A");
    expect(valueAt(asset, fieldPath("take"))).toBeNull();
    expect(valueAt(asset, "tags")).toEqual(["sea"]);
  });
});
