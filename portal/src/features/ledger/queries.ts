import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { cursorOf } from "@/api/paging";
import type { LedgerLine, Transfers } from "@/api/types";
import type { DayRange, Group } from "./model";

export interface Ledger {
  /** The newest day first. */
  readonly lines: readonly LedgerLine[];
  readonly cost: number;
  /** The first day that is wholly read, where there was more than is read. */
  readonly since: string | null;
}

/** Beyond so many pages of 500 lines what is older is left to the table. */
const MOST_PAGES = 20;

export const ledgerQuery = (org: string, group: Group, range: DayRange) =>
  queryOptions({
    queryKey: ["ledger", org, group, range] as const,
    queryFn: async ({ signal }): Promise<Ledger> => {
      const lines: LedgerLine[] = [];
      let cursor: string | undefined;
      for (let number = 1; ; number += 1) {
        const query = { org, group, ...range, limit: 500, ...(cursor && { cursor }) };
        const page = await body(api.GET("/api/ledger", { params: { query }, signal }));
        lines.push(...page.results);
        cursor = cursorOf(page.next);
        if (cursor !== undefined && number < MOST_PAGES) continue;
        const cut = cursor === undefined ? null : (lines.at(-1)?.day ?? null);
        const whole = cut === null ? lines : lines.filter(({ day }) => day > cut);
        return { lines: whole, cost: page.total.cost, since: cut && (whole.at(-1)?.day ?? null) };
      }
    },
    placeholderData: keepPreviousData,
    staleTime: 5 * 60_000,
  });

export function tableAddress(org: string, group: Group, range: DayRange): string {
  return `/api/ledger?${new URLSearchParams({ org, group, ...range, format: "csv" })}`;
}

export const transfersQuery = (org: string, by: "day" | "month", range: DayRange) =>
  queryOptions({
    queryKey: ["transfers", org, by, range] as const,
    queryFn: ({ signal }): Promise<Transfers> =>
      body(api.GET("/api/transfers", { params: { query: { org, by, ...range } }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
