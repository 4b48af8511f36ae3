import { ApiError, isRecord } from "@/api/errors";
import type { Job } from "@/api/types";

/** Which assets: these, or all that a list with these parameters shows. */
export type BulkSelection =
  | { readonly ids: readonly string[] }
  | { readonly query: Readonly<Record<string, string>> };

export interface BulkAction {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly tag?: readonly string[];
  readonly untag?: readonly string[];
  readonly move?: string;
  readonly collect?: string;
  readonly shoot?: string;
  readonly unshoot?: true;
  readonly trash?: true;
  readonly restore?: true;
  readonly rebuild?: true;
  readonly export?: { readonly format: string };
}

export interface BulkFault {
  readonly id: string;
  readonly detail: string;
}

export interface BulkResult {
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly errors: readonly BulkFault[];
}

/** What the server said about the value that was to be set, where it said anything about it. */
export function saidOf(error: unknown): readonly string[] | undefined {
  if (!(error instanceof ApiError)) return undefined;
  return Object.entries(error.fields).find(([path]) => path.startsWith("action.set."))?.[1];
}

/** What a finished job tells; numbers that are not there are none. */
export function resultOf(job: Job): BulkResult {
  const told: Record<string, unknown> = isRecord(job.result) ? job.result : {};
  const count = (value: unknown): number => (typeof value === "number" ? value : 0);
  const skipped = Array.isArray(told.skipped) ? told.skipped.length : count(told.skipped);
  return {
    done: count(told.done),
    // What an undo left alone is counted among what failed too.
    failed: Math.max(0, count(told.failed) - skipped),
    skipped,
    errors: Array.isArray(told.errors) ? told.errors.flatMap(faultOf) : [],
  };
}

export interface HandedOver {
  readonly rows: number;
  /** When the file is deleted; null where a job of long ago does not say. */
  readonly expiresAt: string | null;
}

/** A saved search or a smart collection that still asks for the old name of a tag, and why. */
export interface LeftBehind {
  readonly id: string;
  readonly kind: "search" | "collection";
  readonly name: string;
  readonly detail: string;
}

export interface Followers {
  /** How many now ask for what the tag is called. */
  readonly changed: number;
  readonly left: readonly LeftBehind[];
}

/** What became of the searches that are kept, where a job gave a tag another name; null for other jobs. */
export function followersOf({ result }: Pick<Job, "result">): Followers | null {
  const told = isRecord(result) ? result.queries : null;
  if (!isRecord(told)) return null;
  return {
    changed: typeof told.changed === "number" ? told.changed : 0,
    left: Array.isArray(told.left) ? told.left.flatMap(leftBehindOf) : [],
  };
}

function leftBehindOf(told: unknown): LeftBehind[] {
  if (!isRecord(told) || typeof told.id !== "string") return [];
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const kind = told.kind === "collection" ? "collection" : "search";
  return [{ id: told.id, kind, name: text(told.name), detail: text(told.detail) }];
}

/** The file that a job has written for whoever asked; null where it has written none. */
export function handedOverOf({ result }: Pick<Job, "result">): HandedOver | null {
  const told = isRecord(result) ? result.export : null;
  if (!isRecord(told) || typeof told.rows !== "number") return null;
  return { rows: told.rows, expiresAt: typeof told.expires_at === "string" ? told.expires_at : null };
}

/** Where the file of a job is fetched. */
export function fileAddress(job: string): string {
  return `/api/jobs/${job}/export`;
}

function faultOf(error: unknown): BulkFault[] {
  return isRecord(error) && typeof error.id === "string"
    ? [{ id: error.id, detail: typeof error.detail === "string" ? error.detail : "" }]
    : [];
}

export function hasEnded({ state }: Job): boolean {
  return state === "succeeded" || state === "failed" || state === "cancelled";
}

/** Field edits can be taken back; what went into the trash has a restore of its own. */
export function canUndo(action: BulkAction): boolean {
  return ["set", "tag", "untag", "move", "shoot", "unshoot"].some((name) => name in action);
}
