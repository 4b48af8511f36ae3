import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import type { Asset } from "@/api/types";
import type { AssetFilters } from "./filters";
import { assetWindowQuery, type Corrected, WINDOW_SIZE } from "./queries";

export interface AssetList {
  readonly total: number;
  readonly isExact: boolean;
  readonly notes: readonly string[];
  readonly corrected: Corrected;
  readonly meant: string;
  readonly isPending: boolean;
  readonly error: Error | null;
  readonly at: (index: number) => Asset | undefined;
  readonly retry: () => void;
}

const NONE: readonly string[] = [];
const AS_TYPED: Corrected = {};

/** The assets under the scroll bar: the first window for the total, and the windows of the cells in view. */
export function useAssetWindows(filters: AssetFilters, first: number, end: number): AssetList {
  const head = useQuery({ ...assetWindowQuery(filters, 0), placeholderData: keepPreviousData });
  const from = Math.floor(first / WINDOW_SIZE);
  const to = Math.max(from, Math.floor(Math.max(0, end - 1) / WINDOW_SIZE));
  const indexes = useMemo(() => Array.from({ length: to - from + 1 }, (_, step) => from + step), [from, to]);
  const windows = useQueries({ queries: indexes.map((index) => assetWindowQuery(filters, index)) });
  const rows = new Map<number, readonly Asset[]>();
  if (head.data) rows.set(0, head.data.rows);
  for (const [position, window] of windows.entries()) {
    const index = indexes[position];
    if (window.data && index !== undefined) rows.set(index, window.data.rows);
  }
  const retry = useCallback(() => void head.refetch(), [head.refetch]);
  return {
    total: head.data?.total ?? 0,
    isExact: head.data?.isExact ?? true,
    notes: head.data?.notes ?? NONE,
    corrected: head.data?.corrected ?? AS_TYPED,
    meant: head.data?.meant ?? "",
    isPending: head.isPending,
    error: head.error,
    at: (index) => rows.get(Math.floor(index / WINDOW_SIZE))?.[index % WINDOW_SIZE],
    retry,
  };
}
