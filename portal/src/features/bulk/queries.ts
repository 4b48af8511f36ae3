import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import type { components } from "@/api/schema";
import type { Job } from "@/api/types";
import { type BulkAction, type BulkSelection, hasEnded } from "./model";

type Request = components["schemas"]["BulkInputRequest"];

export function startBulk(selection: BulkSelection, action: BulkAction): Promise<Job> {
  const request = { selection, action } as Request;
  return body(api.POST("/api/bulk", { body: request }));
}

export function undoJob(id: string): Promise<Job> {
  return body(api.POST("/api/jobs/{id}/undo", { params: { path: { id } } }));
}

export async function cancelJob(id: string): Promise<void> {
  await api.POST("/api/jobs/{id}/cancel", { params: { path: { id } } });
}

const EVERY_MS = 700;

/** A job, asked for again until it has ended. */
export const followedJobQuery = (id: string) =>
  queryOptions({
    queryKey: ["job", id] as const,
    queryFn: ({ signal }) => body(api.GET("/api/jobs/{id}", { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data && hasEnded(state.data) ? false : EVERY_MS),
    staleTime: 0,
  });
