import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { assetsKey } from "@/api/keys";
import { Actions, Button, Dialog, ErrorState, notify, notifyError, Select, Skeleton } from "@/ui";
import { changeShootAssets, type ShootDraft, shootOf, shootsQuery } from "./queries";
import { isShown, NEW_SHOOT, ShootForm } from "./ShootForm";

interface PutIntoShootDialogProps {
  project: string;
  assets: readonly string[];
  isOpen: boolean;
  onDone: () => void;
  onClose: () => void;
}

/** Puts a selection into a shoot that is there, or into a new one. */
export function PutIntoShootDialog(props: PutIntoShootDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog
      title={t("shoots.putTitle", { count: props.assets.length })}
      isOpen={props.isOpen}
      onClose={props.onClose}
    >
      {props.isOpen ? <PutInto {...props} /> : null}
    </Dialog>
  );
}

const NEW = "new";

function PutInto({ project, assets, onDone, onClose }: PutIntoShootDialogProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const shoots = useQuery(shootsQuery(project));
  const [chosen, setChosen] = useState<string | null>(null);
  const putting = useMutation({
    mutationFn: async (into: { id: string; name: string } | ShootDraft): Promise<string> => {
      if ("id" in into) await changeShootAssets(into.id, "add", assets);
      else await shootOf(project, into, assets);
      return into.name;
    },
    onSuccess: async (name) => {
      notify(t("shoots.put", { count: assets.length, name }));
      onClose();
      onDone();
      await queryClient.invalidateQueries({ queryKey: assetsKey(project) });
    },
    onError: (error) => {
      if (!isShown(error)) notifyError(t("ui.notDone"), error);
    },
  });
  if (shoots.isPending) return <Skeleton />;
  if (shoots.isError) return <ErrorState error={shoots.error} onRetry={() => void shoots.refetch()} />;
  const shoot = shoots.data.find(({ id }) => id === (chosen ?? shoots.data[0]?.id));
  return (
    <>
      {shoots.data.length > 0 ? (
        <Select
          label={t("shoots.shoot")}
          value={shoot?.id ?? NEW}
          options={[
            { value: NEW, label: t("shoots.new") },
            ...shoots.data.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          description={t("shoots.oneOnly")}
          onChange={setChosen}
        />
      ) : null}
      {shoot ? (
        <Actions>
          <Button onPress={onClose}>{t("ui.cancel")}</Button>
          <Button look="primary" isPending={putting.isPending} onPress={() => putting.mutate(shoot)}>
            {t("shoots.putDo")}
          </Button>
        </Actions>
      ) : (
        <ShootForm
          start={NEW_SHOOT}
          action={t("shoots.save.new")}
          isPending={putting.isPending}
          error={putting.error}
          onSubmit={(draft) => putting.mutate(draft)}
          onClose={onClose}
        />
      )}
    </>
  );
}
