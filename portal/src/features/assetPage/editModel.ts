import type { AssetDetail } from "@/api/types";
import { isSameValue } from "@/features/fields";

/** What of an asset is edited: `title`, `tags`, or a custom field as `fields.KEY`. */
export type EditPath = "title" | "tags" | `fields.${string}`;

export interface Edit {
  readonly path: EditPath;
  /** The new value, from the one that is there when it is sent. */
  readonly next: (current: unknown) => unknown;
  /** Whether a value that somebody else has written meanwhile is in the way. */
  readonly isOvertakenBy: (current: unknown) => boolean;
}

/** Somebody else has changed the same thing meanwhile. */
export class Overtaken extends Error {
  override readonly name = "Overtaken";
  constructor(readonly now: unknown) {
    super("Somebody else has changed this meanwhile.");
  }
}

const FIELDS = "fields.";

export function fieldPath(key: string): EditPath {
  return `fields.${key}`;
}

export function valueAt(asset: AssetDetail, path: EditPath): unknown {
  if (path === "title" || path === "tags") return asset[path];
  return asset.fields?.[path.slice(FIELDS.length)] ?? null;
}

/** Puts a value in the place of the one that the person saw. */
export function replacing(path: EditPath, seen: unknown, value: unknown): Edit {
  return { path, next: () => value, isOvertakenBy: (current) => !isSameValue(current, seen) };
}

/** Tags are added and removed one by one, whatever others do to the rest. */
export function addingTag(tag: string): Edit {
  return {
    path: "tags",
    next: (current) => (tagsOf(current).includes(tag) ? tagsOf(current) : [...tagsOf(current), tag]),
    isOvertakenBy: () => false,
  };
}

export function removingTag(tag: string): Edit {
  return {
    path: "tags",
    next: (current) => tagsOf(current).filter((each) => each !== tag),
    isOvertakenBy: () => false,
  };
}

interface EditRequest {
  title?: string;
  tags?: string[];
  fields?: Record<string, unknown>;
}

export function requestOf({ path, next }: Edit, current: unknown): EditRequest {
  const value = next(current);
  if (path === "title") return { title: String(value) };
  if (path === "tags") return { tags: tagsOf(value) };
  return { fields: { [path.slice(FIELDS.length)]: value } };
}

function tagsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
