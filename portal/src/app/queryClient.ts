import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "@/api/errors";

/** Answers that will not change by asking again. */
function isFinal(error: Error): boolean {
  return error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        retry: (failures, error) => !isFinal(error) && failures < 2,
      },
    },
  });
}
