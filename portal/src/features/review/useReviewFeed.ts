import { useQueryClient } from "@tanstack/react-query";
import { idOf, toComment, toJob, toPreviewChange } from "@/api/events";
import type { Comment, Job } from "@/api/types";
import { useLive } from "@/api/useLive";
import type { LiveEvent } from "@/api/ws";
import type { ReviewAccess } from "./access";
import { upsert, without } from "./commentModel";
import { reviewKeys } from "./queries";

/** Keeps comments, playback and the running job of a version current by its live feed. */
export function useReviewFeed(access: ReviewAccess, version: string): void {
  const queryClient = useQueryClient();
  const commentsKey = reviewKeys.comments(access, version);
  const change = (update: (comments: readonly Comment[]) => Comment[]): void => {
    queryClient.setQueryData<Comment[]>(commentsKey, (comments) => comments && update(comments));
  };
  const refetch = (key: readonly unknown[]): void => void queryClient.invalidateQueries({ queryKey: key });

  const onEvent = (event: LiveEvent): void => {
    switch (event.type) {
      case "comment.created":
      case "comment.updated": {
        const comment = toComment(event.data);
        if (!comment) refetch(commentsKey);
        else if (comment.version === version) change((comments) => upsert(comments, comment));
        return;
      }
      case "comment.deleted": {
        const id = idOf(event.data);
        if (id) change((comments) => without(comments, id));
        return;
      }
      case "approval.updated":
        refetch(reviewKeys.approvals(access, version));
        refetch(["asset"]);
        return;
      case "preview.updated":
        if (toPreviewChange(event.data)?.version === version) refetch(reviewKeys.playback(access, version));
        return;
      case "job.updated": {
        const job = toJob(event.data);
        if (job?.version === version)
          queryClient.setQueryData<Job | null>(reviewKeys.job(access, version), job);
        return;
      }
      case "asset.updated":
      case "version.created":
        // Another version at the head voids what was decided of this one.
        refetch(reviewKeys.approvals(access, version));
        refetch(["asset"]);
    }
  };
  const onReset = (): void => {
    refetch(commentsKey);
    refetch(reviewKeys.approvals(access, version));
    refetch(reviewKeys.playback(access, version));
  };
  useLive(access.livePath(version), onEvent, onReset);
}
