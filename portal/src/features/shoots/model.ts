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
