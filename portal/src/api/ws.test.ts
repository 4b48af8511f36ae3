import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveSocket, parseEvent, reconnectDelay } from "./ws";

class FakeSocket {
  static made: FakeSocket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly url: URL;
  constructor(url: URL) {
    this.url = url;
    FakeSocket.made.push(this);
  }
  close(): void {}
  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

const Fake = FakeSocket as unknown as typeof WebSocket;

function latest(): FakeSocket {
  const socket = FakeSocket.made.at(-1);
  if (!socket) throw new Error("no socket was opened");
  return socket;
}

describe("LiveSocket", () => {
  beforeEach(() => {
    FakeSocket.made = [];
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("asks for what followed the last event after a reconnect, and drops repeats", () => {
    const onEvent = vi.fn();
    const live = new LiveSocket("/ws/projects/p/", { onEvent, onReset: vi.fn() }, Fake);
    latest().onopen?.();
    latest().say({ type: "comment.created", seq: 17, data: { id: "a" } });
    latest().onclose?.({ code: 1006 });
    vi.advanceTimersByTime(60_000);

    expect(latest().url.searchParams.get("since")).toBe("17");
    latest().onopen?.();
    latest().say({ type: "comment.created", seq: 17, data: { id: "a" } });
    latest().say({ type: "job.updated", seq: null, data: {} });
    expect(onEvent).toHaveBeenCalledTimes(2);
    live.close();
  });

  it("fetches anew when the feed no longer keeps what was missed", () => {
    const onReset = vi.fn();
    const live = new LiveSocket("/ws/projects/p/", { onEvent: vi.fn(), onReset }, Fake);
    latest().onopen?.();
    latest().say({ type: "reset" });
    expect(onReset).toHaveBeenCalledOnce();
    live.close();
  });

  it("fetches anew after a gap in which it knew no number", () => {
    const onReset = vi.fn();
    const live = new LiveSocket("/ws/projects/p/", { onEvent: vi.fn(), onReset }, Fake);
    latest().onclose?.({ code: 1006 });
    vi.advanceTimersByTime(60_000);
    latest().onopen?.();
    expect(onReset).toHaveBeenCalledOnce();
    live.close();
  });

  it.each([4401, 4404])("does not come back after close code %i", (code) => {
    const onStatus = vi.fn();
    const live = new LiveSocket("/ws/s/t/", { onEvent: vi.fn(), onReset: vi.fn(), onStatus }, Fake);
    latest().onclose?.({ code });
    vi.advanceTimersByTime(120_000);
    expect(FakeSocket.made).toHaveLength(1);
    expect(onStatus).toHaveBeenLastCalledWith("closed");
    live.close();
  });
});

describe("reconnectDelay", () => {
  it("doubles up to a ceiling, and never falls below half of it", () => {
    expect(reconnectDelay(0, () => 0)).toBe(250);
    expect(reconnectDelay(1, () => 1)).toBe(1000);
    expect(reconnectDelay(30, () => 1)).toBe(20_000);
  });
});

describe("parseEvent", () => {
  it("refuses what is no event", () => {
    expect(parseEvent("{")).toBeNull();
    expect(parseEvent("[]")).toBeNull();
  });
});
