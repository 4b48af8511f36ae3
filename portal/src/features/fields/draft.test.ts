import { describe, expect, it } from "vitest";
import { type DraftEvent, draftAfter, draftOf, leavesToSend } from "./draft";

const draftOn = (...events: DraftEvent[]) => events.reduce(draftAfter, draftOf("42A"));
const write = { type: "write", text: "43" } as const;
const send = { type: "send" } as const;

describe("a field that is being written", () => {
  it("keeps what is written when somebody else changes it, and does not overwrite that by being left", () => {
    const draft = draftOn(write, { type: "arrive", held: "42B" });
    expect(draft).toMatchObject({ text: "43", held: "42B", isOvertaken: true });
    expect(leavesToSend(draft)).toBe(false);
    expect(draftAfter(draft, { type: "revert" })).toEqual(draftOf("42B"));
  });

  it("shows what the server made of it once it is taken", () => {
    expect(draftOn(write, send, { type: "arrive", held: "43.0" }, { type: "answer", isTaken: true })).toEqual(
      draftOf("43.0"),
    );
  });

  it("keeps what was refused, and sends it again only when asked", () => {
    const refused = draftOn(write, send, { type: "answer", isTaken: false });
    expect(refused.text).toBe("43");
    expect(leavesToSend(refused)).toBe(false);
    expect(leavesToSend(draftAfter(refused, { type: "write", text: "44" }))).toBe(true);
  });

  it("is sent when it is left, and follows others while nothing is written", () => {
    expect(leavesToSend(draftOn(write))).toBe(true);
    expect(leavesToSend(draftOn())).toBe(false);
    expect(draftOn({ type: "arrive", held: "42B" })).toEqual(draftOf("42B"));
  });
});
