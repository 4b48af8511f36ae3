import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { toJob, toPreviewChange } from "@/api/events";
import { assetsKey, collectionsKey } from "@/api/keys";
import { useLive } from "@/api/useLive";
import type { LiveEvent } from "@/api/ws";
import { assetKeys, type JobsByVersion, patchPreviewState, withJob } from "./queries";

/** A burst of events becomes one fetch. */
const GATHER_MS = 800;

/** Keeps a project's assets and jobs current by its live feed. */
export function useProjectFeed(project: string): void {
  const queryClient = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const refresh = useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void queryClient.invalidateQueries({ queryKey: assetsKey(project) });
      void queryClient.invalidateQueries({ queryKey: collectionsKey(project) });
    }, GATHER_MS);
  }, [queryClient, project]);

  const onEvent = (event: LiveEvent): void => {
    switch (event.type) {
      case "job.updated": {
        const job = toJob(event.data);
        if (!job) return;
        queryClient.setQueryData<JobsByVersion>(assetKeys.jobs(project), (jobs) => withJob(jobs ?? {}, job));
        return;
      }
      case "preview.updated": {
        const change = toPreviewChange(event.data);
        if (change) patchPreviewState(queryClient, project, change);
        refresh();
        return;
      }
      case "asset.created":
      case "asset.updated":
      case "asset.deleted":
      case "version.created":
      case "approval.updated":
      case "comment.created":
      case "comment.deleted":
        refresh();
    }
  };
  const onReset = (): void => {
    void queryClient.invalidateQueries({ queryKey: assetsKey(project) });
    void queryClient.invalidateQueries({ queryKey: assetKeys.jobs(project) });
  };
  useLive(`/ws/projects/${project}/`, onEvent, onReset);
}
