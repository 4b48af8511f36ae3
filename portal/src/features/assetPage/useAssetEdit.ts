import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/errors";
import { assetsKey } from "@/api/keys";
import { notifyError } from "@/ui";
import { type Edit, Overtaken } from "./editModel";
import { assetQuery, type HeldAsset, saveEdit } from "./queries";

export type Faults = Readonly<Record<string, readonly string[]>>;

export interface AssetEditing {
  readonly save: (edit: Edit) => void;
  /** What the server said, by the path of what it is about. */
  readonly faults: Faults;
  readonly state: "idle" | "saving" | "saved";
}

/** Saves edits one after another, each on top of the last, and keeps what was refused beside its field. */
export function useAssetEdit(asset: HeldAsset): AssetEditing {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [faults, setFaults] = useState<Faults>({});
  const saving = useMutation({
    scope: { id: `asset ${asset.id}` },
    mutationFn: (edit: Edit) => saveEdit(queryClient, asset.id, edit),
    onSuccess: async (saved, { path }) => {
      setFaults(({ [path]: _mended, ...rest }) => rest);
      queryClient.setQueryData(assetQuery(asset.id).queryKey, saved);
      await queryClient.invalidateQueries({ queryKey: assetsKey(asset.project) });
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
    save: (edit) => saving.mutate(edit),
    faults,
    state: saving.isPending ? "saving" : saving.isSuccess ? "saved" : "idle",
  };
}
