import type { Field, FieldType } from "@/api/types";

export const FIELD_TYPES = [
  "text",
  "long_text",
  "number",
  "date",
  "datetime",
  "boolean",
  "choice",
  "multi_choice",
  "url",
  "person",
] as const satisfies readonly FieldType[];

export const choosesFromList = (type: FieldType): boolean => type === "choice" || type === "multi_choice";

/** A value as a text box holds it; times in the zone of whoever looks. */
export function textOf(type: FieldType, value: unknown): string {
  if (value === null || value === undefined) return "";
  if (type === "datetime" && typeof value === "string") return localMinute(new Date(value));
  return String(value);
}

export type Parsed = { readonly value: unknown } | { readonly fault: "number" | "datetime" };

/** What a text box says in a field's type; an empty one clears the field. The server judges the rest. */
export function parseText(type: FieldType, text: string): Parsed {
  const plain = text.trim();
  if (plain === "") return { value: null };
  if (type === "number") {
    const number = Number(plain.replace(/\s/g, "").replace(/^([-+]?\d+),(\d+)$/, "$1.$2"));
    return Number.isFinite(number) ? { value: number } : { fault: "number" };
  }
  if (type === "datetime") {
    const moment = new Date(plain);
    return Number.isNaN(moment.getTime()) ? { fault: "datetime" } : { value: moment.toISOString() };
  }
  return { value: plain };
}

/** Whether two values of a field say the same. */
export function isSameValue(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}

function localMinute(moment: Date): string {
  if (Number.isNaN(moment.getTime())) return "";
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, "2026-01-31T12:00".length);
}

/** Fields in their order; the server breaks ties by id, so does this. */
export function inOrder(fields: readonly Field[]): Field[] {
  return [...fields].sort((one, other) => one.order - other.order || one.id.localeCompare(other.id));
}
