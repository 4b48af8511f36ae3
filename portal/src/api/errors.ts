/** An answer that is not a success: the server's problem+json (RFC 9457), or what stands in for one. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  /** The short name at the end of the problem's type, as `digest-mismatch`. */
  readonly code: string;
  readonly title: string;
  readonly requestId: string | undefined;
  /** Messages by field; keys are dotted paths. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** Seconds after which it is worth asking again. */
  readonly retryAfter: number | undefined;

  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    this.requestId = problem.requestId;
    this.fields = problem.fields;
    this.retryAfter = problem.retryAfter;
  }
}

export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
  requestId: string | undefined;
  fields: Record<string, string[]>;
  retryAfter: number | undefined;
}

/** The server could not be reached at all. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
}

const FALLBACK_TITLES: Readonly<Record<number, string>> = {
  401: "You are not logged in.",
  403: "You may not do this.",
  404: "Not found.",
  413: "That is too large.",
  429: "Too many attempts. Wait a moment and try again.",
  502: "The server is starting or being updated.",
  503: "The server is busy or being updated.",
  504: "The server took too long to answer.",
};

/** Reads a problem out of any failed response, whoever sent it. */
export async function problemOf(response: Response): Promise<Problem> {
  const body = await jsonOf(response);
  const title =
    text(body.title) ?? FALLBACK_TITLES[response.status] ?? `The server answered ${response.status}.`;
  return {
    status: response.status,
    code: text(body.type)?.split("/").at(-1) ?? "",
    title,
    detail: text(body.detail) ?? title,
    requestId: text(body.request_id) ?? response.headers.get("X-Request-ID") ?? undefined,
    fields: fieldsOf(body.errors),
    retryAfter: seconds(response.headers.get("Retry-After")),
  };
}

async function jsonOf(response: Response): Promise<Record<string, unknown>> {
  const type = response.headers.get("Content-Type") ?? "";
  if (!type.includes("json")) return {};
  try {
    const body: unknown = await response.json();
    return isRecord(body) ? body : {};
  } catch {
    return {};
  }
}

function fieldsOf(errors: unknown): Record<string, string[]> {
  if (!isRecord(errors)) return {};
  const fields: Record<string, string[]> = {};
  for (const [key, messages] of Object.entries(errors)) {
    fields[key] = (Array.isArray(messages) ? messages : [messages]).map(String);
  }
  return fields;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function seconds(header: string | null): number | undefined {
  const value = Number(header);
  return header !== null && Number.isFinite(value) ? value : undefined;
}

/** What the server said about one field of a form, if the error is about fields. */
export function fieldErrors(error: unknown, field: string): readonly string[] | undefined {
  return error instanceof ApiError ? error.fields[field] : undefined;
}

/** Whether the server says that whoever asks may not see this, or no longer: asking again is of no use. */
export function isNoLongerSeen(error: unknown): boolean {
  return error instanceof ApiError && [401, 403, 404, 410].includes(error.status);
}
