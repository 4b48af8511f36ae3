import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/errors";
import { assetsKey } from "@/api/keys";
import { notifyError } from "@/ui";
import { type Edit, type EditPath, Overtaken } from "./editModel";
import { assetQuery, type HeldAsset, saveEdit } from "./queries";

export type Faults = Readonly<Record<string, readonly string[]>>;

export interface AssetEditing {
  /** Tells whether the edit was taken; what was said against it is among the faults. */
  readonly save: (edit: Edit) => Promise<boolean>;
  /** Lets go of what was said about something, or about a part of it. */
  readonly forget: (path: EditPath) => void;
  /** What the server said, by the path of what it is about. */
  readonly faults: Faults;
  readonly state: "idle" | "saving" | "saved";
}

/** Whether a fault is about what a path names, or about one of its items (`tags.3`). */
export function isPartOf(fault: string, path: EditPath): boolean {
  return fault === path || fault.startsWith(`${path}.`);
}

/** Saves edits one after another, each on top of the last, and keeps what was refused beside its field. */
export function useAssetEdit(asset: HeldAsset): AssetEditing {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [faults, setFaults] = useState<Faults>({});
  const forget = (path: EditPath): void =>
    setFaults((before) => Object.fromEntries(Object.entries(before).filter(([key]) => !isPartOf(key, path))));
  const saving = useMutation({
    scope: { id: `asset ${asset.id}` },
    mutationFn: (edit: Edit) => saveEdit(queryClient, asset.id, edit),
    onSuccess: (saved, { path }) => {
      forget(path);
      queryClient.setQueryData(assetQuery(asset.id).queryKey, saved);
      void queryClient.invalidateQueries({ queryKey: assetsKey(asset.project) });
    },
    onError: (error, { path }) => {
      if (error instanceof Overtaken) {
        setFaults((before) => ({ ...before, [path]: [t("inspector.overtaken")] }));
      } else if (error instanceof ApiError && Object.keys(error.fields).length > 0) {
        setFaults(({ [path]: _old, ...rest }) => ({ ...rest, ...error.fields }));
      } else {
        notifyError(t("ui.notDone"), error);
      }
    },
  });
  return {
    save: (edit) =>
      saving.mutateAsync(edit).then(
        () => true,
        () => false,
      ),
    forget,
    faults,
    state: saving.isPending ? "saving" : saving.isSuccess ? "saved" : "idle",
  };
}
