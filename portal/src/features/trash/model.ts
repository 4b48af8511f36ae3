/** What deleting one asset for ever costs, as the server told it. */
export interface DeleteCost {
  readonly currency: string;
  readonly now: number;
  readonly free_from: string | null;
  readonly held: boolean;
  readonly bytes: number;
}

export interface CostSum {
  readonly bytes: number;
  readonly held: number;
  /** Money by currency; what costs nothing is left out. */
  readonly now: readonly { readonly currency: string; readonly amount: number }[];
  /** From when on it would cost nothing. */
  readonly freeFrom: string | null;
}

export function sumOf(costs: readonly DeleteCost[]): CostSum {
  const amounts = new Map<string, number>();
  for (const { currency, now } of costs) amounts.set(currency, (amounts.get(currency) ?? 0) + now);
  const moments = costs.flatMap(({ free_from, now }) => (free_from && now > 0 ? [free_from] : []));
  return {
    bytes: costs.reduce((sum, { bytes }) => sum + bytes, 0),
    held: costs.filter(({ held }) => held).length,
    now: [...amounts].filter(([, amount]) => amount > 0).map(([currency, amount]) => ({ currency, amount })),
    freeFrom: moments.sort().at(-1) ?? null,
  };
}

const SMALLEST = 0.01;

/** Money in the reader's form, never rounded to nothing; an unknown currency is written after the number. */
export function formatMoney(amount: number, currency: string): string {
  const isTiny = amount > 0 && amount < SMALLEST;
  const shown = isTiny ? SMALLEST : amount;
  return `${isTiny ? "< " : ""}${inCurrency(shown, currency)}`;
}

function inCurrency(amount: number, currency: string): string {
  try {
    return new Intl.NumberFormat(undefined, { style: "currency", currency }).format(amount);
  } catch (error) {
    if (error instanceof RangeError) return `${amount.toFixed(2)} ${currency}`;
    throw error;
  }
}
