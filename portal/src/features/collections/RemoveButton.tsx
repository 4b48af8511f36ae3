import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FolderMinus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { assetsKey, collectionsKey } from "@/api/keys";
import { Button, notify, notifyError } from "@/ui";
import { collectionsQuery, removeFromCollection } from "./queries";

interface RemoveButtonProps {
  project: string;
  collection: string;
  assets: readonly string[];
  onDone: () => void;
}

/** Takes the selected assets out of a hand-picked collection; they stay in the project. */
export function RemoveButton({ project, collection, assets, onDone }: RemoveButtonProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const collections = useQuery(collectionsQuery(project));
  const removal = useMutation({
    mutationFn: () => removeFromCollection(collection, assets),
    onSuccess: async () => {
      notify(t("collections.removed", { count: assets.length }));
      onDone();
      await queryClient.invalidateQueries({ queryKey: collectionsKey(project) });
      await queryClient.invalidateQueries({ queryKey: assetsKey(project) });
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
  const isManual = collections.data?.some(({ id, kind }) => id === collection && kind === "manual");
  if (!isManual) return null;
  return (
    <Button isPending={removal.isPending} onPress={() => removal.mutate()}>
      <FolderMinus />
      {t("collections.remove")}
    </Button>
  );
}
