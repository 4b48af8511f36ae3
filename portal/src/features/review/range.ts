import type { Anchor } from "./commentModel";

/** Sets the start of the range; an end before it is dropped. */
export function markIn(range: Anchor | null, frame: number): Anchor {
  return { from: frame, to: range && range.to > frame ? range.to : frame + 1 };
}

/** Sets the last frame of the range; a start after it moves there. */
export function markOut(range: Anchor | null, frame: number): Anchor {
  return { from: range && range.from <= frame ? range.from : frame, to: frame + 1 };
}
