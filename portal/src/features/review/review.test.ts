import { describe, expect, it } from "vitest";
import type { Comment, Media, Playback } from "@/api/types";
import {
  anchorOf,
  type Draft,
  filterThreads,
  neighbour,
  notYetThere,
  outbox,
  threadsOf,
  upsert,
  without,
  writeOf,
} from "./commentModel";
import { askAgainIn, sourceOf, timingOf } from "./media";
import { pageUrl } from "./PageStage";
import { columnsOf, parsePeaks } from "./waveform";
import { FIT, fittedSize, pan, zoomAt } from "./zoom";

const me = { id: "u1", name: "Me" };

function comment(id: string, rest: Partial<Comment> = {}): Comment {
  return {
    id,
    version: "v",
    parent: null,
    author: { id: "u1", name: "Me", kind: "user" },
    body: id,
    frame_in: null,
    frame_out: null,
    time_in_ms: null,
    time_out_ms: null,
    page: null,
    timecode: null,
    annotation: null,
    internal: false,
    resolved: false,
    resolved_at: null,
    resolved_by: null,
    mentions: [],
    created_at: "2026-05-05T12:00:00Z",
    edited_at: null,
    ...rest,
  };
}

const draft: Draft = { body: " hello ", anchor: { from: 7, to: 8 }, parent: null, internal: false };

describe("pages", () => {
  it("are what a comment on a document is about, and what orders its threads", () => {
    expect(writeOf({ ...draft, anchor: null, page: 3 }, "frame")).toEqual({ body: "hello", page: 3 });
    const threads = threadsOf([
      comment("third", { page: 3 }),
      comment("first", { page: 1 }),
      comment("note"),
    ]);
    expect(threads.map(({ root }) => root.id)).toEqual(["note", "first", "third"]);
  });
  it("have addresses of one pattern", () => {
    const pages = { count: 200, shown: 100, image: "https://edge/e/t/img/s/pages/{n}.webp" };
    expect(pageUrl(pages, 12)).toBe("https://edge/e/t/img/s/pages/12.webp");
  });
});

describe("threads", () => {
  const list = [
    comment("late", { frame_in: 90, frame_out: 91 }),
    comment("reply2", { parent: "early", created_at: "2026-05-05T12:00:02Z" }),
    comment("early", { frame_in: 5, frame_out: 9, resolved: true }),
    comment("note"),
    comment("reply1", { parent: "early", author: { id: "u2", name: "Other", kind: "guest" } }),
  ];
  const threads = threadsOf(list);

  it("stand in the order of the picture, general notes first, replies by time", () => {
    expect(threads.map(({ root }) => root.id)).toEqual(["note", "early", "late"]);
    expect(threads[1]?.replies.map(({ id }) => id)).toEqual(["reply1", "reply2"]);
  });
  it("are filtered by state and by author", () => {
    expect(filterThreads(threads, "all", me)).toHaveLength(3);
    expect(filterThreads(threads, "open", me).map(({ root }) => root.id)).toEqual(["note", "late"]);
    expect(filterThreads(threads, "mine", { id: "u2", name: "" }).map(({ root }) => root.id)).toEqual([
      "early",
    ]);
  });
  it("lead to the next and the previous comment", () => {
    expect(neighbour(threads, 5, 1)?.root.id).toBe("late");
    expect(neighbour(threads, 90, -1)?.root.id).toBe("early");
    expect(neighbour(threads, 90, 1)).toBeNull();
  });
  it("take a comment once, however often it arrives", () => {
    const changed = comment("note", { body: "changed" });
    expect(upsert(list, changed).filter(({ id }) => id === "note")).toEqual([changed]);
    expect(upsert(list, comment("new"))).toHaveLength(6);
  });
  it("lose replies with their root", () => {
    expect(without(list, "early").map(({ id }) => id)).toEqual(["late", "note"]);
  });
});

describe("writing a comment", () => {
  it("names frames on video and milliseconds on sound", () => {
    expect(writeOf(draft, "frame")).toEqual({ body: "hello", frame_in: 7, frame_out: 8 });
    expect(writeOf(draft, "ms")).toEqual({ body: "hello", time_in_ms: 7 });
    expect(writeOf({ ...draft, anchor: { from: 7, to: 90 } }, "ms")).toMatchObject({ time_out_ms: 90 });
  });
  it("leaves the place of a reply to its parent", () => {
    expect(writeOf({ ...draft, parent: "p", internal: true }, "frame")).toEqual({
      body: "hello",
      parent: "p",
      internal: true,
    });
  });
  it("reads places back", () => {
    expect(anchorOf(comment("a", { frame_in: 3, frame_out: 9 }))).toEqual({ from: 3, to: 9 });
    expect(anchorOf(comment("a", { time_in_ms: 0 }))).toEqual({ from: 0, to: 1 });
    expect(anchorOf(comment("a"))).toBeNull();
  });
});

describe("outbox", () => {
  const sent = outbox([], { type: "send", localId: "l", draft, known: new Set(["old"]) });

  it("sends, fails, tries again and drops", () => {
    const failed = outbox(sent, { type: "fail", localId: "l", problem: "no network" });
    expect(failed[0]).toMatchObject({ state: "failed", problem: "no network" });
    expect(outbox(failed, { type: "retry", localId: "l" })[0]).toMatchObject({
      state: "sending",
      problem: null,
    });
    expect(outbox(failed, { type: "drop", localId: "l" })).toEqual([]);
  });
  it("hides what the live feed has brought back already", () => {
    const echo = comment("new", { body: "hello", frame_in: 7, frame_out: 8 });
    expect(notYetThere(sent, [echo], me)).toEqual([]);
    expect(notYetThere(sent, [{ ...echo, id: "old" }], me)).toHaveLength(1);
    expect(notYetThere(sent, [{ ...echo, author: { ...echo.author, id: "u2" } }], me)).toHaveLength(1);
  });
  it("lets one echo stand for one comment only", () => {
    const twice = outbox(sent, { type: "send", localId: "m", draft, known: new Set() });
    expect(notYetThere(twice, [comment("new", { body: "hello", frame_in: 7 })], me)).toHaveLength(1);
  });
});

describe("media", () => {
  const video: Media = {
    kind: "video",
    duration: 10,
    width: 320,
    height: 180,
    frame_rate: "30000/1001",
    frame_count: 300,
    start_timecode: "01:00:00;00",
    drop_frame: true,
    first_pts: 0,
    channels: 2,
  };
  const playback: Playback = {
    state: "ready",
    reason: null,
    hls: "http://e/e/t/hls/s/master.m3u8",
    mp4: "http://e/e/t/mp4/s/proxy.mp4",
    poster: null,
    thumbnails: { "150": null, "300": null, "1280": null },
    storyboard: null,
    waveform: null,
    progress: null,
    renditions: [],
    estimate_s: null,
    queue_position: null,
    frames: null,
    pages: null,
    expires_at: "2026-05-05T12:10:00Z",
    media: video,
  };

  it("counts frames on video from its start timecode, milliseconds on sound, nothing on stills", () => {
    expect(timingOf(video)).toMatchObject({
      unit: "frame",
      timebase: { startFrame: 107_892, frameCount: 300 },
    });
    expect(timingOf({ ...video, kind: "audio" })).toMatchObject({
      unit: "ms",
      timebase: { frameCount: 10_000 },
    });
    expect(timingOf({ ...video, kind: "image" })).toBeNull();
    expect(timingOf({ ...video, frame_rate: null })).toBeNull();
  });
  it("plays the stream, else the file, else nothing", () => {
    expect(sourceOf(playback)).toMatchObject({ format: "hls", address: { url: playback.hls } });
    expect(sourceOf({ ...playback, hls: null })).toMatchObject({ format: "file" });
    expect(sourceOf({ ...playback, hls: null, mp4: null })).toBeNull();
  });
  it("asks again often while building, before the end of the signature when ready", () => {
    const at = Date.parse("2026-05-05T12:00:00Z");
    expect(askAgainIn({ ...playback, state: "building" }, at)).toBe(4000);
    expect(askAgainIn(playback, at)).toBe(420_000);
    expect(askAgainIn({ ...playback, state: "partial" }, at)).toBe(4000);
    expect(askAgainIn({ ...playback, state: "partial", reason: "cut short" }, at)).toBe(420_000);
    expect(askAgainIn({ ...playback, state: "failed" }, at)).toBe(false);
    expect(askAgainIn({ ...playback, expires_at: null }, at)).toBe(false);
    expect(askAgainIn(undefined, at)).toBe(false);
  });
});

describe("waveform", () => {
  it("takes the extremes under each column", () => {
    const peaks = parsePeaks({ v: 1, rate: 2, channels: 1, peaks: [-128, 127, -64, 0, 0, 127, -1, 1] });
    expect(peaks && columnsOf(peaks, 2, 2)).toEqual([
      [-1, 1],
      [-1 / 128, 1],
    ]);
  });
  it.each([null, {}, { v: 2, rate: 1, peaks: [0, 0] }, { v: 1, rate: 1, peaks: [] }])(
    "refuses %o",
    (document) => {
      expect(parsePeaks(document)).toBeNull();
    },
  );
});

describe("zoom", () => {
  it("keeps the point under the pointer in place", () => {
    const view = zoomAt(FIT, 2, { x: 100, y: 50 });
    expect(view).toEqual({ scale: 2, x: -100, y: -50 });
    expect(zoomAt(view, 0.1, { x: 3, y: 3 })).toEqual(FIT);
    expect(zoomAt(view, 100, { x: 0, y: 0 }).scale).toBe(16);
  });
  it("never moves the picture past its edge", () => {
    const box = { width: 400, height: 400 };
    const fitted = fittedSize({ width: 800, height: 400 }, box);
    expect(fitted).toEqual({ width: 400, height: 200 });
    expect(pan({ scale: 2, x: 0, y: 0 }, { x: 999, y: 999 }, fitted, box)).toEqual({
      scale: 2,
      x: 200,
      y: 0,
    });
  });
});
