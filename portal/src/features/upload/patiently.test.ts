import { describe, expect, it } from "vitest";
import { ApiError } from "@/api/errors";
import { patiently } from "./patiently";

const refusal = (status: number, retryAfter?: number): ApiError =>
  new ApiError({
    status,
    code: "",
    title: "No.",
    detail: "No.",
    requestId: undefined,
    fields: {},
    retryAfter,
  });

describe("asking patiently", () => {
  it("waits as long as the server says, and asks again", async () => {
    const answers = [refusal(429, 7), refusal(429), refusal(502), refusal(503, 5), "done"];
    const waited: number[] = [];

    const answer = await patiently(
      async () => {
        const next = answers.shift();
        if (next instanceof Error) throw next;
        return next;
      },
      async (seconds) => {
        waited.push(seconds);
      },
    );

    expect(answer).toBe("done");
    expect(waited).toEqual([7, 2, 4, 5]);
  });

  it("gives every other refusal on, and a lasting one in the end", async () => {
    const wait = async (): Promise<void> => {};

    await expect(patiently(() => Promise.reject(refusal(409)), wait)).rejects.toMatchObject({ status: 409 });
    await expect(patiently(() => Promise.reject(refusal(429)), wait)).rejects.toMatchObject({ status: 429 });
  });
});
