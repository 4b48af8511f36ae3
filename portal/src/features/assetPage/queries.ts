import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { ApiError } from "@/api/errors";
import type { AssetDetail } from "@/api/types";
import { type Edit, Overtaken, requestOf, valueAt } from "./editModel";

/** An asset and the entity tag under which it was read. */
export type HeldAsset = AssetDetail & { readonly etag: string | null };

export const assetKey = (id: string) => ["asset", id] as const;

async function held(answer: Promise<{ data?: AssetDetail; response: Response }>): Promise<HeldAsset> {
  const asset = await body(answer);
  const { response } = await answer;
  return { ...asset, etag: response.headers.get("ETag") };
}

const fetchAsset = (id: string, signal?: AbortSignal): Promise<HeldAsset> =>
  held(api.GET("/api/assets/{id}", { params: { path: { id } }, signal: signal ?? null }));

export const assetQuery = (id: string) =>
  queryOptions({ queryKey: assetKey(id), queryFn: ({ signal }) => fetchAsset(id, signal) });

/**
 * Saves one edit on top of what is held. When somebody else was quicker the asset is read anew: an edit of something
 * that they left alone, or that can be merged, is sent again; for anything else the person decides.
 */
export async function saveEdit(queryClient: QueryClient, id: string, edit: Edit): Promise<HeldAsset> {
  const asset = queryClient.getQueryData(assetQuery(id).queryKey) ?? (await fetchAsset(id));
  try {
    return await send(asset, edit);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 412)) throw error;
  }
  const fresh = await fetchAsset(id);
  queryClient.setQueryData(assetQuery(id).queryKey, fresh);
  const now = valueAt(fresh, edit.path);
  if (edit.isOvertakenBy(now)) throw new Overtaken(now);
  return send(fresh, edit);
}

function send(asset: HeldAsset, edit: Edit): Promise<HeldAsset> {
  return held(
    api.PATCH("/api/assets/{id}", {
      params: { path: { id: asset.id }, header: asset.etag ? { "If-Match": asset.etag } : {} },
      body: requestOf(edit, valueAt(asset, edit.path)),
    }),
  );
}

export async function promoteVersion(version: string): Promise<void> {
  await api.POST("/api/versions/{id}/promote", { params: { path: { id: version } } });
}

export function detachVersion(version: string): Promise<AssetDetail> {
  return body(api.POST("/api/versions/{id}/detach", { params: { path: { id: version } } }));
}

export async function attachAsset(id: string, other: string): Promise<void> {
  await api.POST("/api/assets/{id}/attach", { params: { path: { id } }, body: { asset: other } });
}
