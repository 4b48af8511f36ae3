import { describe, expect, it } from "vitest";
import { invitedAddress, safeTarget, stepOf } from "./model";

const flows = (...list: object[]) => ({ data: { flows: list }, meta: { is_authenticated: false } });

describe("stepOf", () => {
  it("is in after a log-in, and when already logged in", () => {
    expect([stepOf(200, {}), stepOf(409, {})]).toEqual([{ step: "in" }, { step: "in" }]);
  });
  it("asks for the second factor or the e-mail when one is pending", () => {
    expect(stepOf(401, flows({ id: "login" }, { id: "mfa_authenticate", is_pending: true }))).toEqual({
      step: "mfa",
    });
    expect(stepOf(401, flows({ id: "verify_email", is_pending: true }))).toEqual({ step: "verify-email" });
    expect(stepOf(401, flows({ id: "login" }))).toEqual({ step: "login" });
    expect(stepOf(401, null)).toEqual({ step: "login" });
  });
  it("puts messages at their fields, and a wrong password at the form", () => {
    const errors = [
      { message: "bad address", param: "email", code: "invalid" },
      { message: "no match", param: "password", code: "email_password_mismatch" },
    ];
    expect(stepOf(400, { errors })).toEqual({
      step: "refused",
      fields: { email: ["bad address"], "": ["no match"] },
    });
  });
  it("knows closed and limited", () => {
    expect([stepOf(403, {}), stepOf(429, {})]).toEqual([{ step: "closed" }, { step: "limited" }]);
  });
});

describe("safeTarget", () => {
  it.each([undefined, "", "https://evil.example", "//evil.example", "/\\evil.example"])(
    "does not follow %s",
    (next) => {
      expect(safeTarget(next)).toBe("/");
    },
  );
  it("keeps a page of the portal with its query", () => {
    expect(safeTarget("/a/1?frame=7")).toBe("/a/1?frame=7");
  });
});

describe("invitedAddress", () => {
  it("reads who was invited from the word of the letter", () => {
    expect(invitedAddress("Im5pbmFAYWdlbmN5LnRlc3Qi:1xV148:UtvaZ3RiZhKXgKPOPChYd7kSVe5jm75I95")).toBe(
      "nina@agency.test",
    );
    expect(invitedAddress("ImrDvHJnQGV4YW1wbGUudGVzdCI:1:x")).toBe("j\u00fcrg@example.test");
  });
  it("knows nobody by a word that it cannot read", () => {
    expect([undefined, "", ":", "%%%:1:x", "e30:1:x", "Im5p"].map(invitedAddress)).toEqual(Array(6).fill(""));
  });
});
