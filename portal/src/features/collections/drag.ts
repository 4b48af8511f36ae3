/** What a dragged selection of assets is carried as: their ids, as JSON. */
export const ASSETS_DRAG = "application/x-dam-assets";

/** What a dragged collection is carried as: its id. */
export const COLLECTION_DRAG = "application/x-dam-collection";

export function idsOf(carried: string): string[] {
  const ids: unknown = JSON.parse(carried);
  return Array.isArray(ids) ? ids.map(String) : [];
}
