import type { QueryClient } from "@tanstack/react-query";
import { meQuery } from "@/features/auth";
import { projectQuery } from "@/features/projects";
import { playbackQuery } from "@/features/review";
import { loadEngine } from "@/player";
import { memberPlayback } from "./memberAccess";
import { assetQuery } from "./queries";

interface Opening {
  asset: string;
  /** The version to show; the current one when left out. */
  version?: string | undefined;
  /** Whether somebody only points at it: then the asset alone is asked for. */
  isPreload: boolean;
}

/**
 * Asks for what the page of an asset shows before the page itself does, all that can be asked for at once. What fails
 * here is asked for again by the page, which knows what to say about it.
 */
export async function openAsset(queryClient: QueryClient, { asset: id, version, isPreload }: Opening) {
  const asset = await queryClient
    .ensureQueryData({ ...assetQuery(id), revalidateIfStale: true })
    .catch(() => null);
  const me = queryClient.getQueryData(meQuery.queryKey);
  if (!asset || !me || isPreload) return;
  const shown = asset.versions.find((each) => each.id === (version ?? asset.current_version?.id));
  void queryClient.prefetchQuery(projectQuery(asset.project));
  if (!shown) return;
  void queryClient.prefetchQuery(playbackQuery(memberPlayback(me), shown.id));
  if (shown.kind === "video" || shown.kind === "audio") void loadEngine().catch(() => undefined);
}
