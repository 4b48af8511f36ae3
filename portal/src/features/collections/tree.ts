import type { Collection } from "@/api/types";

export interface Branch {
  readonly collection: Collection;
  /** 0 at the top. */
  readonly depth: number;
}

/** Collections in the order of their tree, names sorted; one whose parent is not there stands at the top. */
export function treeOf(collections: readonly Collection[]): Branch[] {
  const ids = new Set(collections.map(({ id }) => id));
  const children = new Map<string | null, Collection[]>();
  for (const collection of collections) {
    const parent = collection.parent && ids.has(collection.parent) ? collection.parent : null;
    children.set(parent, [...(children.get(parent) ?? []), collection]);
  }
  const branches: Branch[] = [];
  const walk = (parent: string | null, depth: number): void => {
    const here = children.get(parent) ?? [];
    for (const collection of here.sort((one, other) => one.name.localeCompare(other.name))) {
      branches.push({ collection, depth });
      walk(collection.id, depth + 1);
    }
  };
  walk(null, 0);
  return branches;
}

/** Where a collection can be moved to: everywhere but into itself and what it holds. */
export function possibleParents(collections: readonly Collection[], id: string | null): Branch[] {
  const within = new Set(id === null ? [] : [id]);
  return treeOf(collections).filter(({ collection }) => {
    if (collection.parent && within.has(collection.parent)) within.add(collection.id);
    return !within.has(collection.id);
  });
}
