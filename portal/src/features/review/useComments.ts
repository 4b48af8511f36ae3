import { type UseQueryResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useReducer, useRef } from "react";
import { useTranslation } from "react-i18next";
import { NetworkError } from "@/api/errors";
import type { Comment } from "@/api/types";
import { notifyError } from "@/ui";
import type { CommentChange, ReviewAccess } from "./access";
import { type Draft, notYetThere, type Outgoing, outbox, upsert, without, writeOf } from "./commentModel";
import type { Unit } from "./media";
import { commentsQuery } from "./queries";
import { keepOutbox, outboxOf } from "./unsent";

export interface Comments {
  readonly query: UseQueryResult<Comment[]>;
  readonly outgoing: readonly Outgoing[];
  /** False when the draft was not sent, because no name was given. */
  readonly send: (draft: Draft) => Promise<boolean>;
  readonly retry: (entry: Outgoing) => void;
  readonly discard: (entry: Outgoing) => void;
  /** False when it was refused. */
  readonly change: (id: string, change: CommentChange) => Promise<boolean>;
  readonly remove: (id: string) => Promise<void>;
}

/** The comments of a version with those still on their way. */
export function useComments(access: ReviewAccess, version: string, unit: Unit): Comments {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const options = commentsQuery(access, version);
  const query = useQuery(options);
  const [entries, dispatch] = useReducer(outbox, null, () =>
    outboxOf(sessionStorage, access, version).map(leftBehind),
  );
  useEffect(() => {
    const drafts = entries.map(({ draft }) => draft);
    keepOutbox(sessionStorage, { key: access.key }, version, drafts);
  }, [entries, access.key, version]);
  const update = (change: (comments: readonly Comment[]) => Comment[]): void => {
    queryClient.setQueryData(options.queryKey, (comments: Comment[] | undefined) => change(comments ?? []));
  };

  /** What the network kept back goes out by itself when it is there again. */
  const cut = useRef(new Set<string>());
  const deliver = async (localId: string, draft: Draft): Promise<void> => {
    try {
      const comment = await access.createComment(version, writeOf(draft, unit), localId);
      update((comments) => upsert(comments, comment));
      dispatch({ type: "drop", localId });
    } catch (error) {
      if (error instanceof NetworkError) cut.current.add(localId);
      dispatch({ type: "fail", localId, problem: error instanceof Error ? error.message : "" });
    }
  };
  const send = async (draft: Draft): Promise<boolean> => {
    if (!(await access.beforeComment())) return false;
    const localId = crypto.randomUUID();
    const named = { ...draft, key: localId };
    dispatch({ type: "send", localId, draft: named, known: new Set(query.data?.map(({ id }) => id)) });
    void deliver(localId, named);
    return true;
  };
  const retry = ({ localId, draft }: Outgoing): void => {
    cut.current.delete(localId);
    dispatch({ type: "retry", localId });
    void deliver(localId, draft);
  };
  useEffect(() => {
    const goOn = (): void => {
      for (const entry of entries) if (cut.current.has(entry.localId)) retry(entry);
    };
    addEventListener("online", goOn);
    return () => removeEventListener("online", goOn);
  });
  const tryTo = async (work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      notifyError(t("ui.notDone"), error);
      return false;
    }
  };

  return {
    query,
    outgoing: notYetThere(entries, query.data ?? [], access.me),
    send,
    retry,
    discard: ({ localId }) => dispatch({ type: "drop", localId }),
    change: (id, change) =>
      tryTo(async () => {
        const comment = await access.changeComment?.(id, change);
        if (comment) update((comments) => upsert(comments, comment));
      }),
    remove: async (id) => {
      await tryTo(async () => {
        await access.deleteComment?.(id);
        update((comments) => without(comments, id));
      });
    },
  };
}

/** Whether a comment of an earlier visit arrived after all is seen when the comments are there. */
function leftBehind(draft: Draft): Outgoing {
  return { localId: draft.key ?? crypto.randomUUID(), draft, state: "failed", problem: null, known: NONE };
}

const NONE: ReadonlySet<string> = new Set();
