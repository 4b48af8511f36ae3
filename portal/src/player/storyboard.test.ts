import { describe, expect, it } from "vitest";
import { parseStoryboard, tileAt } from "./storyboard";

const VTT = `WEBVTT

00:00:00.000 --> 00:00:02.000
storyboard-000.webp#xywh=0,0,160,90

00:00:02.000 --> 00:00:04.000
storyboard-000.webp#xywh=160,0,160,90

01:00:00.500 --> 01:00:02.000
storyboard-001.webp#xywh=0,90,160,90
`;

describe("storyboard", () => {
  const tiles = parseStoryboard(VTT, "http://edge/e/tok/img/sha/storyboard.vtt");

  it("reads every tile, with sheets beside the file", () => {
    expect(tiles).toHaveLength(3);
    expect(tiles[2]).toEqual({
      start: 3600.5,
      end: 3602,
      sheet: "http://edge/e/tok/img/sha/storyboard-001.webp",
      x: 0,
      y: 90,
      width: 160,
      height: 90,
    });
  });
  it("finds the tile of a time", () => {
    expect([0, 1.99, 2, 9, 4000].map((time) => tileAt(tiles, time)?.start)).toEqual([0, 0, 2, 2, 3600.5]);
    expect(tileAt([], 1)).toBeNull();
  });
});
