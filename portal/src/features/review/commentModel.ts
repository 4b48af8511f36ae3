import type { Comment, CommentWrite } from "@/api/types";
import type { Reviewer } from "./access";
import type { Unit } from "./media";
import type { Drawing } from "./shapes";

/** The part of a version that a comment is about: from the first position up to and without the last. */
export interface Anchor {
  readonly from: number;
  readonly to: number;
}

export interface Draft {
  readonly body: string;
  readonly anchor: Anchor | null;
  /** The page of a document that it is about, from 1. */
  readonly page?: number | null;
  readonly parent: string | null;
  readonly internal: boolean;
  /** What is drawn on the picture. */
  readonly drawing?: Drawing | null;
  /** Names its request: however often it is sent, it is carried out once. */
  readonly key?: string;
}

export function anchorOf(
  comment: Pick<Comment, "frame_in" | "frame_out" | "time_in_ms" | "time_out_ms">,
): Anchor | null {
  const from = comment.frame_in ?? comment.time_in_ms;
  if (from === null) return null;
  return { from, to: comment.frame_out ?? comment.time_out_ms ?? from + 1 };
}

/** The request for a draft; replies stand where their parent stands. */
export function writeOf({ body, anchor, page, parent, internal, drawing }: Draft, unit: Unit): CommentWrite {
  const write: CommentWrite = {
    body: body.trim(),
    ...(internal && { internal }),
    ...(drawing && { annotation: drawing }),
  };
  if (parent) return { ...write, parent };
  if (page) return { ...write, page };
  if (!anchor) return write;
  return unit === "frame"
    ? { ...write, frame_in: anchor.from, frame_out: anchor.to }
    : { ...write, time_in_ms: anchor.from, ...(anchor.to > anchor.from + 1 && { time_out_ms: anchor.to }) };
}

export interface Thread {
  readonly root: Comment;
  readonly replies: readonly Comment[];
}

const byTime = (one: Comment, other: Comment): number =>
  one.created_at < other.created_at ? -1 : one.created_at > other.created_at ? 1 : one.id < other.id ? -1 : 1;

/** Comments as threads, in the order of the picture; general notes come first. */
export function threadsOf(comments: readonly Comment[]): Thread[] {
  const position = (comment: Comment): number => anchorOf(comment)?.from ?? comment.page ?? -1;
  return comments
    .filter((comment) => comment.parent === null)
    .sort((one, other) => position(one) - position(other) || byTime(one, other))
    .map((root) => ({ root, replies: comments.filter(({ parent }) => parent === root.id).sort(byTime) }));
}

export type CommentFilter = "all" | "open" | "mine";

export function filterThreads(
  threads: readonly Thread[],
  filter: CommentFilter,
  me: Reviewer | null,
): Thread[] {
  switch (filter) {
    case "all":
      return [...threads];
    case "open":
      return threads.filter(({ root }) => !root.resolved);
    case "mine":
      return threads.filter(({ root, replies }) =>
        [root, ...replies].some((comment) => comment.author.id === me?.id),
      );
  }
}

/** Adds a comment or replaces the one it is a newer state of. */
export function upsert(comments: readonly Comment[], comment: Comment): Comment[] {
  const known = comments.some(({ id }) => id === comment.id);
  return known ? comments.map((old) => (old.id === comment.id ? comment : old)) : [...comments, comment];
}

/** Drops a comment and its replies. */
export function without(comments: readonly Comment[], id: string): Comment[] {
  return comments.filter((comment) => comment.id !== id && comment.parent !== id);
}

/** A comment on its way to the server. */
export interface Outgoing {
  readonly localId: string;
  readonly draft: Draft;
  readonly state: "sending" | "failed";
  readonly problem: string | null;
  /** Comments that were there when it was sent: its own echo is none of them. */
  readonly known: ReadonlySet<string>;
}

export type OutboxAction =
  | {
      readonly type: "send";
      readonly localId: string;
      readonly draft: Draft;
      readonly known: ReadonlySet<string>;
    }
  | { readonly type: "retry"; readonly localId: string }
  | { readonly type: "fail"; readonly localId: string; readonly problem: string }
  | { readonly type: "drop"; readonly localId: string };

export function outbox(state: readonly Outgoing[], action: OutboxAction): readonly Outgoing[] {
  switch (action.type) {
    case "send": {
      const { localId, draft, known } = action;
      return [...state, { localId, draft, known, state: "sending", problem: null }];
    }
    case "retry":
      return state.map((entry) =>
        entry.localId === action.localId ? { ...entry, state: "sending", problem: null } : entry,
      );
    case "fail":
      return state.map((entry) =>
        entry.localId === action.localId ? { ...entry, state: "failed", problem: action.problem } : entry,
      );
    case "drop":
      return state.filter((entry) => entry.localId !== action.localId);
  }
}

/**
 * What of the outbox is still to be shown: the live feed may bring a comment back before its own request is answered,
 * and then it would stand there twice.
 */
export function notYetThere(
  entries: readonly Outgoing[],
  comments: readonly Comment[],
  me: Reviewer | null,
): Outgoing[] {
  const taken = new Set<string>();
  return entries.filter(({ draft, known }) => {
    const echo = comments.find(
      (comment) =>
        !known.has(comment.id) &&
        !taken.has(comment.id) &&
        comment.author.id === me?.id &&
        comment.body === draft.body.trim() &&
        comment.parent === draft.parent &&
        (draft.parent !== null || (anchorOf(comment)?.from ?? null) === (draft.anchor?.from ?? null)),
    );
    if (echo) taken.add(echo.id);
    return !echo;
  });
}

/** The next position with a comment in a direction; null when there is none. */
export function neighbour(threads: readonly Thread[], at: number, direction: 1 | -1): Thread | null {
  const anchored = threads.filter(({ root }) => anchorOf(root) !== null);
  const place = ({ root }: Thread): number => anchorOf(root)?.from ?? 0;
  return (
    (direction === 1
      ? anchored.find((thread) => place(thread) > at)
      : anchored.findLast((thread) => place(thread) < at)) ?? null
  );
}
