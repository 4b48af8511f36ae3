import { useQueryClient } from "@tanstack/react-query";
import { assetsKey } from "@/api/keys";
import { assetKey, type HeldAsset } from "./queries";

/** What shows a stack is asked for again after it has changed. */
export function useStackRefresh(asset: HeldAsset): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    await queryClient.invalidateQueries({ queryKey: assetKey(asset.id) });
    await queryClient.invalidateQueries({ queryKey: assetsKey(asset.project) });
  };
}
