import type { Activity } from "@/api/types";

/** What can be asked for alone; the server matches the whole verb. */
export const VERBS = [
  "asset.created",
  "asset.updated",
  "asset.deleted",
  "asset.restored",
  "asset.purged",
  "asset.attached",
  "version.created",
  "version.promoted",
  "version.attached",
  "version.detached",
  "version.downloaded",
  "preview.updated",
  "comment.created",
  "comment.updated",
  "comment.deleted",
  "share.created",
  "share.revoked",
  "collection.created",
  "collection.changed",
  "collection.items_changed",
  "collection.deleted",
] as const;

export interface Change {
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Columns that say nothing to a person. */
const SILENT = new Set(["id", "updated_at", "effect", "asset", "parent", "version", "current_version"]);
const LONGEST = 80;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What became what, custom fields one by one. */
export function changesOf({ before, after }: Pick<Activity, "before" | "after">): Change[] {
  const [was, is] = [flat(before), flat(after)];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return names.flatMap((name) => {
    const [one, other] = [shown(was[name]), shown(is[name])];
    return SILENT.has(name) || one === other ? [] : [{ name, before: one, after: other }];
  });
}

function flat(values: Readonly<Record<string, unknown>> | null): Record<string, unknown> {
  const { fields, ...rest } = values ?? {};
  return { ...rest, ...(isRecord(fields) && fields) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string | null {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "string" && ID.test(value)) return null;
  const text = Array.isArray(value)
    ? value
        .map((each) => shown(each) ?? "")
        .filter(Boolean)
        .join(", ")
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text || null;
}
