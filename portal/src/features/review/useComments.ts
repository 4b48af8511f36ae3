import { type UseQueryResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { useReducer } from "react";
import { useTranslation } from "react-i18next";
import type { Comment } from "@/api/types";
import { notifyError } from "@/ui";
import type { CommentChange, ReviewAccess } from "./access";
import { type Draft, notYetThere, type Outgoing, outbox, upsert, without, writeOf } from "./commentModel";
import type { Unit } from "./media";
import { commentsQuery } from "./queries";

export interface Comments {
  readonly query: UseQueryResult<Comment[]>;
  readonly outgoing: readonly Outgoing[];
  /** False when the draft was not sent, because no name was given. */
  readonly send: (draft: Draft) => Promise<boolean>;
  readonly retry: (entry: Outgoing) => void;
  readonly discard: (entry: Outgoing) => void;
  readonly change: (id: string, change: CommentChange) => Promise<void>;
  readonly remove: (id: string) => Promise<void>;
}

/** The comments of a version with those still on their way. */
export function useComments(access: ReviewAccess, version: string, unit: Unit): Comments {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const options = commentsQuery(access, version);
  const query = useQuery(options);
  const [entries, dispatch] = useReducer(outbox, []);
  const update = (change: (comments: readonly Comment[]) => Comment[]): void => {
    queryClient.setQueryData(options.queryKey, (comments: Comment[] | undefined) => change(comments ?? []));
  };

  const deliver = async (localId: string, draft: Draft): Promise<void> => {
    try {
      const comment = await access.createComment(version, writeOf(draft, unit));
      update((comments) => upsert(comments, comment));
      dispatch({ type: "drop", localId });
    } catch (error) {
      dispatch({ type: "fail", localId, problem: error instanceof Error ? error.message : "" });
    }
  };
  const send = async (draft: Draft): Promise<boolean> => {
    if (!(await access.beforeComment())) return false;
    const localId = crypto.randomUUID();
    dispatch({ type: "send", localId, draft, known: new Set(query.data?.map(({ id }) => id)) });
    void deliver(localId, draft);
    return true;
  };
  const tryTo = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      notifyError(t("ui.notDone"), error);
    }
  };

  return {
    query,
    outgoing: notYetThere(entries, query.data ?? [], access.me),
    send,
    retry: ({ localId, draft }) => {
      dispatch({ type: "retry", localId });
      void deliver(localId, draft);
    },
    discard: ({ localId }) => dispatch({ type: "drop", localId }),
    change: (id, change) =>
      tryTo(async () => {
        const comment = await access.changeComment?.(id, change);
        if (comment) update((comments) => upsert(comments, comment));
      }),
    remove: (id) =>
      tryTo(async () => {
        await access.deleteComment?.(id);
        update((comments) => without(comments, id));
      }),
  };
}
