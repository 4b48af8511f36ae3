export interface Month {
  /** `2026-03`. */
  readonly month: string;
  readonly count: number;
  /** Whether there are more than were counted. */
  readonly isAtLeast: boolean;
}

export interface Year {
  readonly year: string;
  readonly months: readonly Month[];
  readonly count: number;
}

/** One answer of the server: it counts the newest assets, so the oldest month of a cut answer is not whole. */
export interface Counted {
  readonly exact: boolean;
  readonly values: readonly { readonly value: string; readonly count: number }[];
}

export interface Stretch {
  readonly months: readonly Month[];
  /** The list's condition for what is older than this stretch; null at the end. */
  readonly older: Readonly<Record<string, string>> | null;
}

/** The months that one answer counted to their ends, newest first, and what to ask for to go on. */
export function stretchOf({ exact, values }: Counted): Stretch {
  const months = values
    .map(({ value, count }) => ({ month: value, count, isAtLeast: false }))
    .sort((one, other) => other.month.localeCompare(one.month));
  const oldest = months.at(-1);
  if (exact || oldest === undefined) return { months, older: null };
  if (months.length > 1) {
    return { months: months.slice(0, -1), older: { created__lte: oldest.month } };
  }
  return { months: [{ ...oldest, isAtLeast: true }], older: { created__lt: oldest.month } };
}

/** Months in the order they came, under their years. */
export function yearsOf(months: readonly Month[]): Year[] {
  const years = new Map<string, Month[]>();
  for (const month of months) {
    const year = month.month.slice(0, 4);
    years.set(year, [...(years.get(year) ?? []), month]);
  }
  return [...years].map(([year, held]) => ({
    year,
    months: held,
    count: held.reduce((sum, { count }) => sum + count, 0),
  }));
}
