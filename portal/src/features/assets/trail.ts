import { isRecord } from "@/api/errors";
import { type AssetFilters, filtersOf, NEWEST } from "./filters";

/** The list in which an asset was opened, and where it stood there. */
export interface Trail {
  readonly asset: string;
  readonly index: number;
  readonly filters: AssetFilters;
  readonly view: "grid" | "list";
}

/** What is read from and written to, as `sessionStorage` is: each tab has its own way. */
type Shelf = Pick<Storage, "getItem" | "setItem">;

const SHELF = "dam.trail";

export function leaveTrail(shelf: Shelf, trail: Trail): void {
  shelf.setItem(SHELF, JSON.stringify(trail));
}

/** The way to where somebody is now; null where there is none, or where it was made by something else. */
export function trailOf(shelf: Shelf): Trail | null {
  const told = parsed(shelf.getItem(SHELF));
  if (!isRecord(told) || typeof told.asset !== "string" || !Number.isInteger(told.index)) return null;
  const { filters, view } = told;
  if (!isRecord(filters) || typeof filters.project !== "string") return null;
  const conditions = isRecord(filters.conditions) ? filters.conditions : {};
  return {
    asset: told.asset,
    index: Math.max(0, Number(told.index)),
    filters: filtersOf(filters.project, { ...filters, ...conditions }),
    view: view === "list" ? "list" : "grid",
  };
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The words of the address under which the list stands. */
export function addressOfList({ filters, view }: Pick<Trail, "filters" | "view">) {
  const { q, sort, trashed, conditions } = filters;
  return {
    ...conditions,
    ...(q && { q }),
    ...(sort !== NEWEST && { sort }),
    ...(trashed && { trashed: "only" as const }),
    ...(view === "list" && { view }),
  };
}

/** Where a list goes on, when somebody comes back to it from an asset. */
export function placeIn(shelf: Shelf, filters: AssetFilters): number | null {
  const trail = trailOf(shelf);
  return trail && JSON.stringify(trail.filters) === JSON.stringify(filters) ? trail.index : null;
}
