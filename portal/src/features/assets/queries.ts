import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { api, body } from "@/api/client";
import { isRecord } from "@/api/errors";
import { assetsKey } from "@/api/keys";
import type { components, paths } from "@/api/schema";
import type { Asset, Job, PreviewState } from "@/api/types";
import { type AssetFilters, parametersOf } from "./filters";

type ListQuery = NonNullable<paths["/api/assets"]["get"]["parameters"]["query"]>;

/** How many rows one request fetches for the window under the scroll bar. */
export const WINDOW_SIZE = 60;

export type Corrected = Readonly<Record<string, readonly string[]>>;

export interface AssetWindow {
  readonly rows: readonly Asset[];
  readonly total: number;
  readonly isExact: boolean;
  /** What of the search could not be read, or was read as something else, in words. */
  readonly notes: readonly string[];
  /** Mistyped words, and what was searched for beside each. */
  readonly corrected: Corrected;
  /** The same as a parameter that asks for no more and no less: `harbuor:harbor,harbour;lihgt:light`. */
  readonly meant: string;
}

export const assetKeys = {
  /** Apart from what else is asked about a project's assets: only windows hold rows. */
  windows: (project: string) => [...assetsKey(project), "windows"] as const,
  window: (filters: AssetFilters, index: number) =>
    [...assetKeys.windows(filters.project), filters, index] as const,
  jobs: (project: string) => ["jobs", "project", project] as const,
};

export const assetWindowQuery = (filters: AssetFilters, index: number) =>
  queryOptions({
    queryKey: assetKeys.window(filters, index),
    queryFn: async ({ signal }): Promise<AssetWindow> => {
      const query: ListQuery = {
        sort: filters.sort as NonNullable<ListQuery["sort"]>,
        limit: WINDOW_SIZE,
        offset: index * WINDOW_SIZE,
        include: filters.q ? "thumbnail,highlights" : "thumbnail",
        count: "exact",
      };
      Object.assign(query, parametersOf(filters));
      const page = await body(api.GET("/api/assets", { params: { query }, signal }));
      const total = page.count?.value ?? index * WINDOW_SIZE + page.results.length;
      return { rows: page.results, total, isExact: page.count?.exact ?? false, ...searchOf(page) };
    },
    // Thumbnails are signed for some minutes.
    staleTime: 120_000,
  });

/** Only answers to a search tell how it was read. */
export function searchOf(page: object): Pick<AssetWindow, "notes" | "corrected" | "meant"> {
  const told: unknown = "search" in page ? page.search : null;
  const { notes, corrected } = isRecord(told) ? told : {};
  const fixes = Object.entries(isRecord(corrected) ? corrected : {}).map(
    ([typed, words]) => [typed, [words].flat().map(String)] as const,
  );
  return {
    notes: Array.isArray(notes) ? notes.map(String) : [],
    corrected: Object.fromEntries(fixes),
    meant: fixes.map(([typed, words]) => `${typed}:${words.join(",")}`).join(";"),
  };
}

export type Facet = components["schemas"]["FacetOutput"];
type FacetsAsked = NonNullable<paths["/api/assets/facets"]["get"]["parameters"]["query"]>;

export const facetsQuery = (filters: AssetFilters, names: readonly string[]) =>
  queryOptions({
    queryKey: [...assetsKey(filters.project), "facets", parametersOf(filters), names] as const,
    queryFn: async ({ signal }): Promise<Facet[]> => {
      const query: FacetsAsked = { facets: names.join(",") };
      Object.assign(query, parametersOf(filters));
      const { facets } = await body(api.GET("/api/assets/facets", { params: { query }, signal }));
      return facets;
    },
  });

/** Running and waiting jobs by the version they work on. */
export type JobsByVersion = Readonly<Record<string, Job>>;

export const projectJobsQuery = (project: string) =>
  queryOptions({
    queryKey: assetKeys.jobs(project),
    queryFn: async ({ signal }): Promise<JobsByVersion> => {
      const states = ["queued", "running"] as const;
      const pages = await Promise.all(
        states.map((state) =>
          body(api.GET("/api/jobs", { params: { query: { project, state, limit: 500 } }, signal })),
        ),
      );
      return pages.flatMap((page) => page.results).reduce(withJob, {});
    },
    staleTime: 60_000,
  });

/** The same jobs after one of them changed. */
export function withJob(jobs: JobsByVersion, job: Job): JobsByVersion {
  const version = job.version;
  if (!version) return jobs;
  if (job.state === "queued" || job.state === "running") return { ...jobs, [version]: job };
  if (jobs[version]?.id !== job.id) return jobs;
  const { [version]: _ended, ...rest } = jobs;
  return rest;
}

/** Puts a changed preview state into every loaded window at once; the windows are fetched anew a little later. */
export function patchPreviewState(
  queryClient: QueryClient,
  project: string,
  { version, state }: { version: string; state: PreviewState },
): void {
  queryClient.setQueriesData<AssetWindow>(
    { queryKey: assetKeys.windows(project) },
    (window) =>
      window && {
        ...window,
        rows: window.rows.map((row) =>
          row.current_version?.id === version
            ? { ...row, current_version: { ...row.current_version, preview_state: state } }
            : row,
        ),
      },
  );
}

export async function trashAsset(id: string): Promise<void> {
  await api.DELETE("/api/assets/{id}", { params: { path: { id } } });
}
