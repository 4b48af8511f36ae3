import { ApiError } from "@/api/errors";

const LEAST_SECONDS = 1;
const TRIES = 10;

const pause = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Asks again after as long as the server says, where it says that too much was asked: files wait their turn. */
export async function patiently<Answer>(
  ask: () => Promise<Answer>,
  wait: (seconds: number) => Promise<void> = pause,
): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 429 || tries >= TRIES) throw error;
      await wait(Math.max(LEAST_SECONDS, error.retryAfter ?? LEAST_SECONDS));
    }
  }
}
