/** The list that is arranged, as far as it is loaded. */
export interface Arranged {
  readonly total: number;
  readonly idAt: (index: number) => string | undefined;
}

/**
 * Before which asset what is moved goes when it is dropped at a place: null is the end, undefined that this is not
 * known because the list is not loaded there.
 */
export function beforeAt(
  { total, idAt }: Arranged,
  moved: ReadonlySet<string>,
  place: number,
): string | null | undefined {
  for (let index = Math.max(0, place); index < total; index += 1) {
    const id = idAt(index);
    if (id === undefined) return undefined;
    if (!moved.has(id)) return id;
  }
  return null;
}

/** Which place, counted from 1, the first of what is moved has afterwards: what left from before it makes room. */
export function landing({ idAt }: Arranged, moved: ReadonlySet<string>, place: number): number {
  let left = 0;
  for (let index = 0; index < place; index += 1) if (moved.has(idAt(index) ?? "")) left += 1;
  return place - left + 1;
}

/** The place to which an arrow key with Alt moves the asset at an index; null for other keys and at the edge. */
export function placeAfterKey(
  key: string,
  index: number,
  { columns, total }: { columns: number; total: number },
): number | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
  };
  const step = steps[key];
  if (step === undefined) return null;
  const place = Math.min(total - 1, Math.max(0, index + step));
  return place === index ? null : place;
}
