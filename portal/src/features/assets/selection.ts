import { between } from "./layout";

/** Selected assets by id, and the cell a range starts from. */
export interface Selection {
  readonly ids: ReadonlySet<string>;
  readonly anchor: number | null;
  /** Everything that the list shows, loaded or not. */
  readonly isAll: boolean;
}

export type SelectionAction =
  | { readonly type: "toggle"; readonly id: string; readonly index: number }
  | { readonly type: "range"; readonly to: number; readonly idAt: (index: number) => string | undefined }
  | { readonly type: "set"; readonly ids: readonly string[] }
  | { readonly type: "all" }
  | { readonly type: "clear" };

export const NO_SELECTION: Selection = { ids: new Set(), anchor: null, isAll: false };

export function select(selection: Selection, action: SelectionAction): Selection {
  switch (action.type) {
    case "toggle": {
      const ids = new Set(selection.ids);
      if (!ids.delete(action.id)) ids.add(action.id);
      return { ids, anchor: action.index, isAll: false };
    }
    case "range": {
      const ids = new Set(selection.ids);
      for (const index of between(selection.anchor ?? action.to, action.to)) {
        const id = action.idAt(index);
        if (id) ids.add(id);
      }
      return { ids, anchor: selection.anchor ?? action.to, isAll: false };
    }
    case "set":
      return { ids: new Set(action.ids), anchor: selection.anchor, isAll: false };
    case "all":
      return { ...selection, isAll: true };
    case "clear":
      return NO_SELECTION;
  }
}
