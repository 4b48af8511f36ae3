import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { csrfToken } from "@/api/csrf";
import { ApiError, isRecord, NetworkError, problemOf } from "@/api/errors";
import { type AuthStep, stepOf } from "./model";

const BASE = "/_allauth/browser/v1";

/** Speaks to allauth's headless API, which is described by its own document and not by ours. */
async function ask(
  method: "GET" | "POST" | "DELETE",
  path: string,
  payload?: object,
): Promise<{ status: number; body: unknown }> {
  if (method !== "GET" && csrfToken() === undefined) await ask("GET", "/config");
  let response: Response;
  try {
    response = await fetch(BASE + path, {
      method,
      credentials: "same-origin",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "X-CSRFToken": csrfToken() ?? "",
      },
      ...(payload && { body: JSON.stringify(payload) }),
    });
  } catch {
    throw new NetworkError("The server cannot be reached. Check the connection.");
  }
  if (response.status >= 500) throw new ApiError(await problemOf(response));
  const answer: unknown = await response.json().catch(() => null);
  return { status: response.status, body: answer };
}

async function advance(path: string, payload: object): Promise<AuthStep> {
  const { status, body: answer } = await ask("POST", path, payload);
  return stepOf(status, answer);
}

export const login = (email: string, password: string): Promise<AuthStep> =>
  advance("/auth/login", { email, password });

/** `invitation` is the word of a letter: it opens a closed sign-up for the address that it was sent to. */
export const signup = (email: string, password: string, invitation?: string): Promise<AuthStep> =>
  advance("/auth/signup", { email, password, ...(invitation ? { invitation } : {}) });

export const authenticate = (code: string): Promise<AuthStep> => advance("/auth/2fa/authenticate", { code });

/** Proves the address that a message was sent to. */
export const verifyEmail = (key: string): Promise<AuthStep> => advance("/auth/email/verify", { key });

/** Asks for a message with a link to set a new password. */
export const askForReset = (email: string): Promise<AuthStep> => advance("/auth/password/request", { email });

export const setPassword = (key: string, password: string): Promise<AuthStep> =>
  advance("/auth/password/reset", { key, password });

export async function logout(): Promise<void> {
  await ask("DELETE", "/auth/session");
}

/** Where an interrupted log-in stands, and the CSRF cookie for it. */
export async function currentStep(): Promise<AuthStep> {
  const { status, body: answer } = await ask("GET", "/auth/session");
  return stepOf(status, answer);
}

export const authConfigQuery = queryOptions({
  queryKey: ["auth", "config"],
  queryFn: async () => {
    const { body: answer } = await ask("GET", "/config");
    const account =
      isRecord(answer) && isRecord(answer.data) && isRecord(answer.data.account) ? answer.data.account : {};
    return { isOpenForSignup: account.is_open_for_signup === true };
  },
  staleTime: Number.POSITIVE_INFINITY,
});

/** Who is logged in; fails with a 401 when nobody is. */
export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: async ({ signal }) => {
    const me = await body(api.GET("/api/me", { signal }));
    // A session can outlive the CSRF cookie; the first change would then be refused.
    if (csrfToken() === undefined) await ask("GET", "/config");
    return me;
  },
  staleTime: 5 * 60_000,
  retry: false,
});
