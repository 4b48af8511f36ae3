import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { assetsKey } from "@/api/keys";
import { useLive } from "@/api/useLive";

/** A burst of events becomes one fetch. */
const GATHER_MS = 1500;
/** What changes neither where assets are nor how they look. */
const QUIET: ReadonlySet<string> = new Set(["job.updated", "comment.created", "comment.updated"]);

/** Asks again for what a view shows of a project's assets, soon after they have changed. */
export function useViewFeed(project: string): void {
  const queryClient = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const refresh = (): void => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void queryClient.invalidateQueries({ queryKey: assetsKey(project) });
    }, GATHER_MS);
  };
  useLive(
    `/ws/projects/${project}/`,
    ({ type }) => {
      if (!QUIET.has(type)) refresh();
    },
    refresh,
  );
}
