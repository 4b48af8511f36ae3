/** Every word once, those that occur most first. */
export function byFrequency(words: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .sort(([one, often], [other, rarely]) => rarely - often || one.localeCompare(other))
    .map(([word]) => word);
}
