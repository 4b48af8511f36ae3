import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import { assetsKey } from "@/api/keys";
import type { Job } from "@/api/types";
import { assetKeys, patchPreviewState, searchOf, withJob } from "./queries";
import { NO_SELECTION, select } from "./selection";

describe("selection", () => {
  const idAt = (index: number): string | undefined => (index < 6 ? `a${index}` : undefined);

  it("toggles one asset", () => {
    const one = select(NO_SELECTION, { type: "toggle", id: "a2", index: 2 });
    expect([...one.ids]).toEqual(["a2"]);
    expect(select(one, { type: "toggle", id: "a2", index: 2 }).ids.size).toBe(0);
  });
  it("adds the range from the last toggled one, leaving out what is not loaded", () => {
    const one = select(NO_SELECTION, { type: "toggle", id: "a4", index: 4 });
    const range = select(one, { type: "range", to: 7, idAt });
    expect([...range.ids]).toEqual(["a4", "a5"]);
    expect([...select(NO_SELECTION, { type: "range", to: 1, idAt }).ids]).toEqual(["a1"]);
  });
  it("is set and cleared", () => {
    const all = select(NO_SELECTION, { type: "set", ids: ["x", "y"] });
    expect(all.ids.size).toBe(2);
    expect(select(all, { type: "clear" })).toBe(NO_SELECTION);
  });
  it("takes in all that match until one is picked again", () => {
    const all = select(select(NO_SELECTION, { type: "set", ids: ["x", "y"] }), { type: "all" });
    expect(all.isAll).toBe(true);
    expect(select(all, { type: "toggle", id: "x", index: 0 })).toEqual({
      ids: new Set(["y"]),
      anchor: 0,
      isAll: false,
    });
  });
});

describe("what a search tells", () => {
  it("holds the words that were meant, to be read and to be asked again", () => {
    const told = { corrected: { harbuor: ["harbor", "harbour"], lihgt: ["light"] }, notes: [] };
    expect(searchOf({ search: told })).toEqual({
      notes: [],
      corrected: told.corrected,
      meant: "harbuor:harbor,harbour;lihgt:light",
    });
    expect(searchOf({}).meant).toBe("");
  });
});

describe("withJob", () => {
  const job = (rest: Partial<Job>): Job =>
    ({ id: "j", version: "v", state: "running", progress: 0.5, ...rest }) as Job;

  it("keeps what runs, and drops it when it has ended", () => {
    const running = withJob({}, job({}));
    expect(running.v?.progress).toBe(0.5);
    expect(withJob(running, job({ state: "succeeded" }))).toEqual({});
  });
  it("ignores the end of another job, and jobs without a version", () => {
    const running = withJob({}, job({}));
    expect(withJob(running, job({ id: "k", state: "failed" }))).toBe(running);
    expect(withJob(running, job({ version: null }))).toBe(running);
  });
});

describe("a changed preview", () => {
  it("is put into the windows of its project, and leaves what else is known of it alone", () => {
    const queryClient = new QueryClient();
    const filters = { project: "p", q: "", sort: "title", trashed: false, conditions: {} };
    const row = { id: "a", current_version: { id: "v", preview_state: "building" } };
    queryClient.setQueryData(assetKeys.window(filters, 0), {
      rows: [row],
      total: 1,
      isExact: true,
      notes: [],
    });
    queryClient.setQueryData([...assetsKey("p"), "tags"], ["sea"]);

    patchPreviewState(queryClient, "p", { version: "v", state: "ready" });

    expect(queryClient.getQueryData(assetKeys.window(filters, 0))).toMatchObject({
      rows: [{ current_version: { preview_state: "ready" } }],
    });
    expect(queryClient.getQueryData([...assetsKey("p"), "tags"])).toEqual(["sea"]);
  });
});
