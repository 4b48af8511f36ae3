interface Address {
  readonly projectId: string;
  readonly words: Readonly<Record<string, string>>;
}

/** Where a saved search is shown: its own project, or the one that is open, with its parameters as the address's words. */
export function addressOf(query: Readonly<Record<string, unknown>>, open: string): Address {
  const { project, ...rest } = query;
  const words: Record<string, string> = {};
  for (const [name, value] of Object.entries(rest)) {
    if (value !== null && value !== undefined && value !== "") words[name] = String(value);
  }
  return { projectId: typeof project === "string" ? project : open, words };
}
