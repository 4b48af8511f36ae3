/** What lists of a project's assets are kept under, whichever feature shows or changes them. */
export const assetsKey = (project: string) => ["assets", project] as const;

export const collectionsKey = (project: string) => ["collections", project] as const;

export const searchesKey = (org: string) => ["searches", org] as const;
