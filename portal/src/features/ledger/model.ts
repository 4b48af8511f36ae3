import type { LedgerLine } from "@/api/types";

export const GROUPS = ["organization", "project", "client"] as const;
export type Group = (typeof GROUPS)[number];

export const MEASURES = ["bytes", "cost"] as const;
export type Measure = (typeof MEASURES)[number];

export const PERIODS = ["7", "30", "90", "365"] as const;
export type Period = (typeof PERIODS)[number];

export interface DayRange {
  /** Days in UTC, both included, as `2026-11-21`. */
  readonly from: string;
  readonly to: string;
}

const DAY_MS = 86_400_000;

/** The last days up to and with today, in UTC as the ledger is kept. */
export function rangeOf(period: Period, now: number = Date.now()): DayRange {
  return { from: isoDay(now - (Number(period) - 1) * DAY_MS), to: isoDay(now) };
}

function isoDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

export function daysOf({ from, to }: DayRange): string[] {
  const days: string[] = [];
  for (let time = Date.parse(from); time <= Date.parse(to); time += DAY_MS) days.push(isoDay(time));
  return days;
}

/** Who a line is about; `none` is what belongs to nobody, like what was purged and a lock still keeps. */
export function keyOf(line: LedgerLine, group: Group): string {
  if (group === "organization") return "all";
  return (group === "project" ? line.project : line.client)?.id ?? "none";
}

export interface Holder {
  readonly key: string;
  /** Null of what belongs to nobody, and of what is no longer there. */
  readonly name: string | null;
  /** The line of each day that has one. */
  readonly days: ReadonlyMap<string, LedgerLine>;
  /** Of all its days. */
  readonly cost: number;
}

/** The lines by whom they are about: who stored most on the newest day comes first. */
export function holdersOf(lines: readonly LedgerLine[], group: Group): Holder[] {
  const holders = new Map<string, { name: string | null; days: Map<string, LedgerLine>; cost: number }>();
  for (const line of lines) {
    const key = keyOf(line, group);
    const named = group === "project" ? line.project : line.client;
    const holder = holders.get(key) ?? { name: named?.name ?? null, days: new Map(), cost: 0 };
    holder.days.set(line.day, line);
    holder.cost += line.cost;
    holders.set(key, holder);
  }
  const newest =
    lines
      .map(({ day }) => day)
      .sort()
      .at(-1) ?? "";
  const stored = ({ days }: { days: ReadonlyMap<string, LedgerLine> }): number => {
    const line = days.get(newest);
    return line ? line.master_bytes + line.preview_bytes : -1;
  };
  return [...holders]
    .map(([key, holder]) => ({ key, ...holder }))
    .sort((one, other) => stored(other) - stored(one) || other.cost - one.cost);
}

/** A colour each; more would not be told apart. */
export const MOST_SERIES = 6;

export interface Series {
  readonly key: string;
  /** One for each day; null on a day without lines. */
  readonly values: readonly (number | null)[];
}

/** What the picture stacks up, the lowest first: whom the most is stored for, then all others as one. */
export function seriesOf(
  holders: readonly Holder[],
  { group, measure, days }: { group: Group; measure: Measure; days: readonly string[] },
): Series[] {
  const row = (key: string, among: readonly Holder[], value: (line: LedgerLine) => number): Series => ({
    key,
    values: days.map((day) => {
      const lines = among.flatMap((holder) => holder.days.get(day) ?? []);
      return lines.length === 0 ? null : lines.reduce((sum, line) => sum + value(line), 0);
    }),
  });
  const cost = (line: LedgerLine): number => line.cost;
  if (group === "organization") {
    if (measure === "cost") return [row("cost", holders, cost)];
    return [
      row("masters", holders, (line) => line.master_bytes),
      row("previews", holders, (line) => line.preview_bytes),
    ];
  }
  const value = measure === "cost" ? cost : (line: LedgerLine) => line.master_bytes + line.preview_bytes;
  const own = holders.length > MOST_SERIES ? holders.slice(0, MOST_SERIES - 1) : holders;
  const rest = holders.slice(own.length);
  const series = own.map((holder) => row(holder.key, [holder], value));
  return rest.length > 0 ? [...series, row("rest", rest, value)] : series;
}

/** The greatest sum of a day. */
export function peakOf(series: readonly Series[]): number {
  const sums = (series[0]?.values ?? []).map((_value, at) =>
    series.reduce((sum, { values }) => sum + (values[at] ?? 0), 0),
  );
  return Math.max(0, ...sums);
}

/** Round numbers from nothing to just above the peak, for the lines across the picture. */
export function ticksOf(peak: number): number[] {
  if (peak <= 0) return [0];
  const rough = peak / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5].find((digit) => digit * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.ceil(peak / step) + 1 }, (_none, at) => at * step);
}

/** An amount of money; less than a hundredth is said to be so, and unknown words for a currency stand behind. */
export function formatMoney(amount: number, currency: string): string {
  const least = 0.01;
  const shown = amount > 0 && amount < least ? least : amount;
  const text = /^[A-Za-z]{3}$/.test(currency)
    ? new Intl.NumberFormat(undefined, { style: "currency", currency }).format(shown)
    : `${shown.toFixed(2)} ${currency}`;
  return shown === amount ? text : `< ${text}`;
}

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });

/** A day of the ledger, which begins and ends in UTC wherever it is read. */
export function formatDay(day: string): string {
  return DAY.format(Date.parse(day));
}
