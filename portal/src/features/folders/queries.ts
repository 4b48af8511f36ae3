import { queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { assetsKey } from "@/api/keys";
import { everyPage } from "@/api/paging";
import type { Folder } from "@/api/types";

export interface Folders {
  readonly folders: readonly Folder[];
  /** Assets that lie in the folder itself. */
  readonly direct: number;
}

export const foldersQuery = (project: string, path: string) =>
  queryOptions({
    queryKey: [...assetsKey(project), "folders", path] as const,
    queryFn: async ({ signal }): Promise<Folders> => {
      let direct = 0;
      const folders = await everyPage(async (cursor) => {
        const query = { project, path, limit: 500, ...(cursor && { cursor }) };
        const page = await body(api.GET("/api/folders", { params: { query }, signal }));
        direct = page.direct_count;
        return page;
      });
      return { folders, direct };
    },
  });
