import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { isRecord } from "@/api/errors";
import { problemOfJob } from "@/api/jobs";
import type { Job, Playback } from "@/api/types";

/** What the server does with a file that has arrived. */
export type ServerStage =
  | { readonly stage: "verifying"; readonly progress: number | undefined }
  | { readonly stage: "failed"; readonly message: string; readonly code: string }
  | {
      readonly stage: "stored" | "building" | "partial" | "incomplete" | "ready" | "previewFailed";
      readonly asset: string;
      readonly progress: number | undefined;
    };

const POLL_MS = 1500;

const ENDED: ReadonlySet<Job["state"]> = new Set(["succeeded", "failed", "cancelled"]);

const jobQuery = (id: string) =>
  queryOptions({
    queryKey: ["jobs", "one", id],
    queryFn: ({ signal }) => body(api.GET("/api/jobs/{id}", { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data && ENDED.has(state.data.state) ? false : POLL_MS),
    refetchIntervalInBackground: true,
  });

type Built = Pick<Playback, "state" | "reason">;

const builtQuery = (id: string) =>
  queryOptions({
    queryKey: ["versions", id, "built"],
    queryFn: ({ signal }): Promise<Built> =>
      body(api.GET("/api/versions/{id}/playback", { params: { path: { id } }, signal })),
    refetchInterval: ({ state: { data } }) =>
      data?.state === "ready" || data?.state === "failed" || data?.reason ? false : POLL_MS,
    refetchIntervalInBackground: true,
  });

function stored(job: Job | undefined): { asset: string; version: string } | null {
  const result = job?.state === "succeeded" && isRecord(job.result) ? job.result : null;
  if (!result || typeof result.asset !== "string" || typeof result.version !== "string") return null;
  return { asset: result.asset, version: result.version };
}

/** Puts the promotion job and the previews of its version into one stage. */
export function stageOf(job: Job | undefined, built: Built | undefined): ServerStage {
  if (job?.state === "failed" || job?.state === "cancelled") {
    return { stage: "failed", ...problemOfJob(job) };
  }
  const result = stored(job);
  if (!result) return { stage: "verifying", progress: job?.state === "running" ? job.progress : undefined };
  const { asset } = result;
  switch (built?.state) {
    case undefined:
    case "none":
      return { stage: "stored", asset, progress: undefined };
    case "building":
      return { stage: "building", asset, progress: undefined };
    case "partial":
      // A damaged file stays partial, and says why.
      return built?.reason
        ? { stage: "incomplete", asset, progress: 1 }
        : { stage: "partial", asset, progress: undefined };
    case "ready":
      return { stage: "ready", asset, progress: 1 };
    case "failed":
      return { stage: "previewFailed", asset, progress: 1 };
  }
}

/** Follows a sent file until its previews are there. */
export function useServerStage(jobId: string | null): ServerStage | null {
  const job = useQuery({ ...jobQuery(jobId ?? ""), enabled: jobId !== null });
  const result = stored(job.data);
  const built = useQuery({ ...builtQuery(result?.version ?? ""), enabled: result !== null });
  return jobId === null ? null : stageOf(job.data, built.data);
}
