interface Tag {
  readonly name: string;
  readonly count: number;
}

/** The names of tags, those that most assets carry first. */
export function byFrequency(tags: readonly Tag[]): string[] {
  return [...tags]
    .sort((one, other) => other.count - one.count || one.name.localeCompare(other.name))
    .map(({ name }) => name);
}
