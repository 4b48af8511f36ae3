export interface Crumb {
  readonly name: string;
  readonly path: string;
}

/** The folders that lead to a path, the outermost first. */
export function crumbsOf(path: string): Crumb[] {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.map((name, index) => ({ name, path: parts.slice(0, index + 1).join("/") }));
}

/** The list's conditions for what lies in a folder itself, and for everything in it and below. */
export const directly = (path: string): Record<string, string> => ({ folder: path === "" ? "/" : path });
export const below = (path: string): Record<string, string> => (path === "" ? {} : { folder__prefix: path });
