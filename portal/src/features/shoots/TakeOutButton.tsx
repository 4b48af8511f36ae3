import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CameraOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { assetsKey } from "@/api/keys";
import { Button, notify, notifyError } from "@/ui";
import { takeOutOfShoot } from "./queries";

interface TakeOutButtonProps {
  project: string;
  shoot: string;
  assets: readonly string[];
  onDone: () => void;
}

/** Takes the selected assets out of the shoot that is shown; they stay in the project. */
export function TakeOutButton({ project, shoot, assets, onDone }: TakeOutButtonProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const removal = useMutation({
    mutationFn: () => takeOutOfShoot(shoot, assets),
    onSuccess: async () => {
      notify(t("shoots.takenOut", { count: assets.length }));
      onDone();
      await queryClient.invalidateQueries({ queryKey: assetsKey(project) });
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
  return (
    <Button isPending={removal.isPending} onPress={() => removal.mutate()}>
      <CameraOff />
      {t("shoots.takeOut")}
    </Button>
  );
}
