import type { Approval, Comment, CommentWrite, DecisionWrite, Job, Playback } from "@/api/types";

/** Someone who comments: a member by id, a guest by the name given to the share. */
export interface Reviewer {
  readonly id: string;
  readonly name: string;
}

/** What may change on a comment. */
export interface CommentChange {
  body?: string;
  resolved?: boolean;
}

/** How a door gives what plays. */
export interface PlaybackAccess {
  /** Tells the caches of two doors apart. */
  readonly key: string;
  /** `missing` tells that the player met files that are not there, so that they are looked for and made again. */
  readonly playback: (version: string, signal?: AbortSignal, missing?: boolean) => Promise<Playback>;
}

/**
 * Through which door a version is reviewed: that of a member, or that of a share link. The review room itself is the
 * same for both.
 */
export interface ReviewAccess extends PlaybackAccess {
  readonly me: Reviewer | null;
  readonly mayComment: boolean;
  /** Members may keep a comment from guests. */
  readonly mayWriteInternal: boolean;
  readonly mayResolveAny: boolean;
  readonly mayDecide: boolean;
  readonly livePath: (version: string) => string;
  readonly comments: (version: string, signal: AbortSignal) => Promise<Comment[]>;
  /** `key` names the request: repeated, it is carried out once. */
  readonly createComment: (version: string, write: CommentWrite, key: string) => Promise<Comment>;
  /** Guests cannot change what they wrote. */
  readonly changeComment: ((id: string, change: CommentChange) => Promise<Comment>) | null;
  readonly deleteComment: ((id: string) => Promise<void>) | null;
  readonly approvals: (version: string, signal: AbortSignal) => Promise<Approval[]>;
  /** Replaces what the same reviewer decided before. */
  readonly decide: (version: string, write: DecisionWrite) => Promise<Approval>;
  readonly withdraw: (version: string) => Promise<void>;
  /** Asks a guest for a name before the first comment or decision; false when none was given. */
  readonly beforeComment: () => Promise<boolean>;
  readonly runningJob: ((version: string, signal: AbortSignal) => Promise<Job | null>) | null;
  readonly rebuild: (() => Promise<void>) | null;
  readonly linkTo: ((comment: Comment) => string) | null;
}
