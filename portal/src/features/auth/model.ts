import { isRecord } from "@/api/errors";

/** What the log-in asks for next. */
export type AuthStep =
  | { readonly step: "in" }
  | { readonly step: "login" }
  | { readonly step: "mfa" }
  | { readonly step: "verify-email" }
  | { readonly step: "closed" }
  | { readonly step: "limited" }
  | { readonly step: "refused"; readonly fields: Readonly<Record<string, readonly string[]>> };

/** Field under which messages about the whole form are kept. */
export const FORM = "";

/** Reads an answer of allauth's headless API. Its 401 is no failure: it lists what is still to be done. */
export function stepOf(status: number, body: unknown): AuthStep {
  if (status === 200 || status === 409) return { step: "in" };
  if (status === 403) return { step: "closed" };
  if (status === 429) return { step: "limited" };
  if (status === 401) return pendingStep(body);
  return { step: "refused", fields: messagesOf(body) };
}

function pendingStep(body: unknown): AuthStep {
  const data = isRecord(body) && isRecord(body.data) ? body.data : {};
  const flows = Array.isArray(data.flows) ? data.flows.filter(isRecord) : [];
  const pending = flows.find((flow) => flow.is_pending === true)?.id;
  if (pending === "mfa_authenticate") return { step: "mfa" };
  if (pending === "verify_email") return { step: "verify-email" };
  return { step: "login" };
}

function messagesOf(body: unknown): Record<string, string[]> {
  const errors = isRecord(body) && Array.isArray(body.errors) ? body.errors.filter(isRecord) : [];
  const fields: Record<string, string[]> = {};
  for (const error of errors) {
    const field =
      typeof error.param === "string" && error.code !== "email_password_mismatch" ? error.param : FORM;
    fields[field] = [...(fields[field] ?? []), String(error.message ?? "")];
  }
  return fields;
}

/** A target inside the portal to go to after log-in; anything else falls back to the start page. */
export function safeTarget(next: string | undefined): string {
  return next?.startsWith("/") && !next.startsWith("//") && !next.startsWith("/\\") ? next : "/";
}

/**
 * The address that an invitation was sent to, which the word of its letter begins with (Django's signed values: JSON
 * in base64url, then a colon); empty when it cannot be read. A hint for the form: the server judges the word itself.
 */
export function invitedAddress(word: string | undefined): string {
  const [said = ""] = (word ?? "").split(":");
  try {
    const letters = atob(said.replaceAll("-", "+").replaceAll("_", "/"));
    const address: unknown = JSON.parse(
      new TextDecoder().decode(Uint8Array.from(letters, (letter) => letter.charCodeAt(0))),
    );
    return typeof address === "string" ? address : "";
  } catch {
    return "";
  }
}
