import type { Asset } from "@/api/types";

export type Highlight = NonNullable<Asset["highlights"]>[number];

export interface Piece {
  readonly text: string;
  readonly isFound: boolean;
}

/** A text cut where found words begin and end; the server counts its characters as code points. */
export function piecesOf(text: string, ranges: readonly (readonly number[])[]): Piece[] {
  const letters = Array.from(text);
  const pieces: Piece[] = [];
  let at = 0;
  const add = (to: number, isFound: boolean): void => {
    if (to <= at) return;
    pieces.push({ text: letters.slice(at, to).join(""), isFound });
    at = to;
  };
  for (const [from = 0, to = 0] of [...ranges].sort(([one = 0], [other = 0]) => one - other)) {
    add(Math.min(from, letters.length), false);
    add(Math.min(to, letters.length), true);
  }
  add(letters.length, false);
  return pieces;
}

/** What is marked in the title, and the first place beside it where the words stand. */
export function foundIn(highlights: readonly Highlight[] | undefined) {
  return {
    title: highlights?.find((each) => each.in === "title"),
    beside: highlights?.find((each) => each.in !== "title"),
  };
}

/** A question in which a word is taken as it was typed; null where the word does not stand by itself. */
export function literally(q: string, word: string): string | null {
  const same = (part: string): boolean => part.toLowerCase() === word.toLowerCase();
  const parts = q.split(/(\s+)/);
  if (!parts.some(same)) return null;
  return parts.map((part) => (same(part) ? `"${part}"` : part)).join("");
}
