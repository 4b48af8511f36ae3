import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { isNoLongerSeen } from "@/api/errors";
import { AddressGone, type EdgeAddress, parseStoryboard, withoutToken } from "@/player";
import type { PlaybackAccess, ReviewAccess } from "./access";
import { askAgainIn, sourceOf } from "./media";
import { parsePeaks } from "./waveform";

export const reviewKeys = {
  playback: (access: PlaybackAccess, version: string) => ["playback", access.key, version] as const,
  comments: (access: ReviewAccess, version: string) => ["comments", access.key, version] as const,
  approvals: (access: ReviewAccess, version: string) => ["approvals", access.key, version] as const,
  job: (access: ReviewAccess, version: string) => ["jobs", access.key, version] as const,
};

export const playbackQuery = (access: PlaybackAccess, version: string) =>
  queryOptions({
    queryKey: reviewKeys.playback(access, version),
    queryFn: ({ signal }) => access.playback(version, signal),
    refetchInterval: ({ state }) => askAgainIn(state.data, state.dataUpdatedAt),
    refetchIntervalInBackground: true,
  });

/** A fresh address of the stream for a player whose token nears its end. */
export async function fetchAddress(
  queryClient: QueryClient,
  access: ReviewAccess,
  version: string,
): Promise<EdgeAddress | null> {
  try {
    const playback = await queryClient.fetchQuery({ ...playbackQuery(access, version), staleTime: 0 });
    return sourceOf(playback)?.address ?? null;
  } catch (error) {
    throw isNoLongerSeen(error) ? new AddressGone() : error;
  }
}

export const commentsQuery = (access: ReviewAccess, version: string) =>
  queryOptions({
    queryKey: reviewKeys.comments(access, version),
    queryFn: ({ signal }) => access.comments(version, signal),
    // The live feed keeps it current.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: "always",
  });

export const approvalsQuery = (access: ReviewAccess, version: string) =>
  queryOptions({
    queryKey: reviewKeys.approvals(access, version),
    queryFn: ({ signal }) => access.approvals(version, signal),
    // The live feed keeps it current.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: "always",
  });

export const runningJobQuery = (access: ReviewAccess, version: string, wanted: boolean) =>
  queryOptions({
    queryKey: reviewKeys.job(access, version),
    queryFn: ({ signal }) => access.runningJob?.(version, signal) ?? null,
    enabled: wanted && access.runningJob !== null,
  });

async function fetched(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`The edge answered ${response.status}.`);
  return response;
}

/** Files of a preview never change, so they are kept by what they are, not by how their address is signed. */
export const storyboardQuery = (url: string | null | undefined) =>
  queryOptions({
    queryKey: ["storyboard", url ? withoutToken(url) : null],
    queryFn: async ({ signal }) => {
      const response = await fetched(url ?? "", signal);
      return parseStoryboard(await response.text(), response.url);
    },
    enabled: Boolean(url),
    staleTime: 5 * 60_000,
    retry: false,
  });

export const peaksQuery = (url: string | null) =>
  queryOptions({
    queryKey: ["waveform", url ? withoutToken(url) : null],
    queryFn: async ({ signal }) => parsePeaks(await (await fetched(url ?? "", signal)).json()),
    enabled: Boolean(url),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
