import createClient, { type Middleware } from "openapi-fetch";
import { csrfToken } from "./csrf";
import { ApiError, NetworkError, problemOf } from "./errors";
import type { paths } from "./schema";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

type Listener = () => void;
const loggedOut = new Set<Listener>();

/** Calls back when an answer says that the session has ended. Share links have their own log-in and do not count. */
export function onLoggedOut(listener: Listener): () => void {
  loggedOut.add(listener);
  return () => loggedOut.delete(listener);
}

const conventions: Middleware = {
  onRequest({ request }) {
    const token = SAFE_METHODS.has(request.method) ? undefined : csrfToken();
    if (token) request.headers.set("X-CSRFToken", token);
    return request;
  },
  async onResponse({ request, response }) {
    if (response.ok) return;
    if (response.status === 401 && !new URL(request.url).pathname.startsWith("/api/s/")) {
      for (const listener of loggedOut) listener();
    }
    throw new ApiError(await problemOf(response));
  },
  onError({ error }) {
    if (error instanceof Error && error.name === "AbortError") return error;
    return new NetworkError("The server cannot be reached. Check the connection.");
  },
};

/** The typed client of the HTTP contract. It throws `ApiError` or `NetworkError`; a result always carries `data`. */
export const api = createClient<paths>({ baseUrl: location.origin, credentials: "same-origin" });
api.use(conventions);

/** The body of a successful answer. */
export async function body<Data>(answer: Promise<{ data?: Data }>): Promise<Data> {
  const { data } = await answer;
  if (data === undefined) throw new NetworkError("The server sent an empty answer.");
  return data;
}
