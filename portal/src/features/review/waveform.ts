import { isRecord } from "@/api/errors";

export interface Peaks {
  /** Peaks per second. */
  readonly rate: number;
  /** Minimum and maximum in turn, -128 to 127; channels interleaved. */
  readonly values: readonly number[];
  readonly channels: number;
}

export function parsePeaks(document: unknown): Peaks | null {
  if (!isRecord(document) || document.v !== 1 || typeof document.rate !== "number") return null;
  const { peaks, channels, rate } = document;
  if (!Array.isArray(peaks) || peaks.length === 0) return null;
  return {
    rate,
    values: peaks as number[],
    channels: typeof channels === "number" ? Math.max(1, channels) : 1,
  };
}

/** The lowest and highest peak under each column of a picture this wide, -1 to 1, over a given number of seconds. */
export function columnsOf(peaks: Peaks, width: number, seconds: number): [low: number, high: number][] {
  const perColumn = (seconds * peaks.rate) / width;
  const stride = 2 * peaks.channels;
  return Array.from({ length: width }, (_, column) => {
    const first = Math.floor(column * perColumn);
    const end = Math.max(first + 1, Math.floor((column + 1) * perColumn));
    let low = 0;
    let high = 0;
    for (let index = first * stride; index < end * stride && index < peaks.values.length; index += 2) {
      low = Math.min(low, peaks.values[index] ?? 0);
      high = Math.max(high, peaks.values[index + 1] ?? 0);
    }
    return [low / 128, high / 127];
  });
}
