import { ApiError } from "@/api/errors";

const LEAST_SECONDS = 1;
const MOST_SECONDS = 30;
const TRIES = 10;

const pause = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Too much was asked, or the server is away behind a proxy, or waits for its own storage: all of it passes. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Asks again after as long as the server says, where it says that it cannot now: files wait their turn. */
export async function patiently<Answer>(
  ask: () => Promise<Answer>,
  wait: (seconds: number) => Promise<void> = pause,
): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ApiError) || !PASSING.has(error.status) || tries >= TRIES) throw error;
      await wait(Math.max(LEAST_SECONDS, error.retryAfter ?? Math.min(2 ** (tries - 1), MOST_SECONDS)));
    }
  }
}
