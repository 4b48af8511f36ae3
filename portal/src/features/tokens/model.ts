import type { TokenCreate } from "@/api/types";

export const LIVES = ["30", "90", "365", "never"] as const;
export type Life = (typeof LIVES)[number];

/** What the form for a new token holds. */
export interface TokenDraft {
  readonly name: string;
  readonly scope: TokenCreate["scope"];
  readonly life: Life;
}

export const NEW_TOKEN: TokenDraft = { name: "", scope: "read", life: "90" };

const DAY_MS = 86_400_000;

/** The request for a token; one without an end says nothing of it. */
export function requestOf(draft: TokenDraft, now: number): TokenCreate {
  return {
    name: draft.name.trim(),
    scope: draft.scope,
    ...(draft.life !== "never" && { expires_at: new Date(now + Number(draft.life) * DAY_MS).toISOString() }),
  };
}
