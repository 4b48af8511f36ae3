import { describe, expect, it, vi } from "vitest";
import { csrfToken } from "./csrf";
import { ApiError, problemOf } from "./errors";
import { cursorOf, everyPage } from "./paging";

describe("csrfToken", () => {
  it("takes the cookie of our own port when several stacks share the host", () => {
    expect(csrfToken("dam_csrf_8080=a; dam_csrf_9000=b; dam_session_9000=c", "9000")).toBe("b");
  });
  it("takes any cookie of the prefix behind a proxy that hides the port", () => {
    expect(csrfToken("x=1; __Host-dam_csrf_8080=a", "")).toBe("a");
  });
  it("finds none in an empty jar", () => {
    expect(csrfToken("", "")).toBeUndefined();
  });
});

describe("problemOf", () => {
  it("reads a problem document", async () => {
    const response = new Response(
      JSON.stringify({
        type: "https://dam.example/problems/quota-exceeded",
        title: "Quota exceeded",
        status: 409,
        detail: "The organisation has 3 GB left.",
        request_id: "r1",
        errors: { size: ["too much"] },
      }),
      { status: 409, headers: { "Content-Type": "application/problem+json", "Retry-After": "7" } },
    );

    const error = new ApiError(await problemOf(response));

    expect(error).toMatchObject({
      code: "quota-exceeded",
      message: "The organisation has 3 GB left.",
      requestId: "r1",
      retryAfter: 7,
      fields: { size: ["too much"] },
    });
  });
  it("speaks plainly about an answer that is no problem document", async () => {
    const response = new Response("<html>", { status: 502, headers: { "X-Request-ID": "r2" } });
    expect(await problemOf(response)).toMatchObject({
      detail: "The server is starting or being updated.",
      requestId: "r2",
    });
  });
});

describe("everyPage", () => {
  it("follows the cursor to the end", async () => {
    const fetchPage = vi
      .fn()
      .mockResolvedValueOnce({ results: [1, 2], next: "http://x/api/a?cursor=c2&limit=2" })
      .mockResolvedValueOnce({ results: [3], next: null });
    expect(await everyPage(fetchPage)).toEqual([1, 2, 3]);
    expect(fetchPage.mock.calls).toEqual([[undefined], ["c2"]]);
  });
  it("reads no cursor out of nothing", () => {
    expect(cursorOf(null)).toBeUndefined();
  });
});
