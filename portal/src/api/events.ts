import { isRecord } from "./errors";
import type { Comment, Job, PreviewState } from "./types";

/*
 * What the live feeds carry. An event of another shape than expected is answered with null, and the caller fetches:
 * the feed makes things quick, it is never the only source.
 */

const PREVIEW_STATES: ReadonlySet<string> = new Set<PreviewState>([
  "none",
  "building",
  "partial",
  "ready",
  "failed",
]);

export function isPreviewState(value: unknown): value is PreviewState {
  return typeof value === "string" && PREVIEW_STATES.has(value);
}

export function toJob(data: Record<string, unknown>): Job | null {
  const job = isRecord(data.job) ? data.job : data;
  const whole =
    typeof job.id === "string" && typeof job.state === "string" && typeof job.progress === "number";
  return whole ? (job as Job) : null;
}

export function toPreviewChange(
  data: Record<string, unknown>,
): { version: string; state: PreviewState } | null {
  const version = data.version;
  const state = data.state ?? data.preview_state;
  return typeof version === "string" && isPreviewState(state) ? { version, state } : null;
}

export function toComment(data: Record<string, unknown>): Comment | null {
  const comment = isRecord(data.comment) ? data.comment : data;
  const whole =
    typeof comment.id === "string" && typeof comment.body === "string" && isRecord(comment.author);
  return whole ? (comment as Comment) : null;
}

export function idOf(data: Record<string, unknown>): string | null {
  return typeof data.id === "string" ? data.id : null;
}
