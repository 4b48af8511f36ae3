import type { Collection } from "@/api/types";

export interface Branch {
  readonly collection: Collection;
  /** 0 at the top. */
  readonly depth: number;
  readonly branches: readonly Branch[];
}

/** Collections below what holds them, names sorted; one whose parent is not there stands at the top. */
export function nestedOf(collections: readonly Collection[]): Branch[] {
  const ids = new Set(collections.map(({ id }) => id));
  const children = new Map<string | null, Collection[]>();
  for (const collection of collections) {
    const parent = collection.parent && ids.has(collection.parent) ? collection.parent : null;
    children.set(parent, [...(children.get(parent) ?? []), collection]);
  }
  const grow = (parent: string | null, depth: number): Branch[] =>
    (children.get(parent) ?? [])
      .sort((one, other) => one.name.localeCompare(other.name))
      .map((collection) => ({ collection, depth, branches: grow(collection.id, depth + 1) }));
  return grow(null, 0);
}

/** The same, one after the other. */
export function treeOf(collections: readonly Collection[]): Branch[] {
  const flat = (branches: readonly Branch[]): Branch[] =>
    branches.flatMap((branch) => [branch, ...flat(branch.branches)]);
  return flat(nestedOf(collections));
}

/** Where a collection can be moved to: everywhere but into itself and what it holds. */
export function possibleParents(collections: readonly Collection[], id: string | null): Branch[] {
  const within = new Set(id === null ? [] : [id]);
  return treeOf(collections).filter(({ collection }) => {
    if (collection.parent && within.has(collection.parent)) within.add(collection.id);
    return !within.has(collection.id);
  });
}

/** Whether a collection can stand inside another, or at the top, and does not yet. */
export function mayNest(collections: readonly Collection[], id: string, parent: string | null): boolean {
  const moved = collections.find((each) => each.id === id);
  if (!moved || moved.parent === parent) return false;
  return (
    parent === null || possibleParents(collections, id).some((branch) => branch.collection.id === parent)
  );
}
