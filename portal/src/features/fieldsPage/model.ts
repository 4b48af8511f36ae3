import type { Field } from "@/api/types";
import { inOrder } from "@/features/fields";

export const PRESETS = ["advertising", "production", "photography", "physical"] as const;
export type Preset = (typeof PRESETS)[number];

/** The orders that two neighbours get when one moves past the other; null at an end. */
export function moved(
  fields: readonly Field[],
  id: string,
  step: -1 | 1,
): readonly { id: string; order: number }[] | null {
  const sorted = inOrder(fields);
  const from = sorted.findIndex((field) => field.id === id);
  const to = from + step;
  if (from < 0 || to < 0 || to >= sorted.length) return null;
  const next = [...sorted];
  next.splice(to, 0, ...next.splice(from, 1));
  return next.flatMap((field, index) =>
    field.order === index + 1 ? [] : [{ id: field.id, order: index + 1 }],
  );
}
