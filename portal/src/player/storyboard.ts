/** One picture of a storyboard: a rectangle of a sheet, shown between two times in seconds. */
export interface StoryboardTile {
  readonly start: number;
  readonly end: number;
  readonly sheet: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const CUE = /^([\d:.]+)\s+-->\s+([\d:.]+)/;
const TARGET = /^(.+)#xywh=(\d+),(\d+),(\d+),(\d+)$/;

/** Reads a WebVTT storyboard; sheet names are relative to the address of the file. */
export function parseStoryboard(text: string, base: string): StoryboardTile[] {
  const lines = text.split(/\r?\n/);
  const tiles: StoryboardTile[] = [];
  for (const [index, line] of lines.entries()) {
    const cue = CUE.exec(line);
    const target = TARGET.exec(lines[index + 1]?.trim() ?? "");
    if (!cue?.[1] || !cue[2] || !target?.[1]) continue;
    const [x, y, width, height] = target.slice(2).map(Number) as [number, number, number, number];
    tiles.push({
      start: secondsOf(cue[1]),
      end: secondsOf(cue[2]),
      sheet: new URL(target[1], base).href,
      x,
      y,
      width,
      height,
    });
  }
  return tiles;
}

/** The tile for a time; the last one at or before it. */
export function tileAt(tiles: readonly StoryboardTile[], seconds: number): StoryboardTile | null {
  let low = 0;
  let high = tiles.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((tiles[middle]?.start ?? 0) <= seconds) low = middle;
    else high = middle - 1;
  }
  return tiles[low] ?? null;
}

function secondsOf(stamp: string): number {
  return stamp.split(":").reduce((total, part) => total * 60 + Number(part), 0);
}
