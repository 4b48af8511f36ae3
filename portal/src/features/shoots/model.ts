/** A position as people write it: `53.55° N, 9.99° E`; null where nobody knows. */
export function positionOf(place: { latitude: number | null; longitude: number | null }): string | null {
  const { latitude, longitude } = place;
  if (latitude === null || longitude === null) return null;
  const part = (degrees: number, plus: string, minus: string): string =>
    `${Math.abs(degrees).toFixed(2)}° ${degrees < 0 ? minus : plus}`;
  return `${part(latitude, "N", "S")}, ${part(longitude, "E", "W")}`;
}

/** From when to when, with what both have in common said once. */
export function spanOf(from: string, to: string, language: string): string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  return format.formatRange(new Date(from), new Date(to));
}

/** Proposals that this browser was told not to show again, by project. */
const SHELF = "dam.shoots.dismissed";
/** Beyond so many the oldest are forgotten. */
const MOST = 500;

/** What is read from and written to, as `localStorage` is. */
type Shelf = Pick<Storage, "getItem" | "setItem">;

export function dismissedOf(shelf: Shelf): readonly string[] {
  try {
    const kept: unknown = JSON.parse(shelf.getItem(SHELF) ?? "[]");
    return Array.isArray(kept) ? kept.map(String) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

export function dismiss(shelf: Shelf, id: string): readonly string[] {
  const kept = [...dismissedOf(shelf).filter((each) => each !== id), id].slice(-MOST);
  shelf.setItem(SHELF, JSON.stringify(kept));
  return kept;
}

export function forgetDismissed(shelf: Shelf): readonly string[] {
  shelf.setItem(SHELF, "[]");
  return [];
}
