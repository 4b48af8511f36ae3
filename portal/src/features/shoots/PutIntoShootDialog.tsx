import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Actions, Button, Dialog, ErrorState, notifyError, Select, Skeleton } from "@/ui";
import { createShoot, type ShootDraft, shootsQuery } from "./queries";
import { isShown, NEW_SHOOT, ShootForm } from "./ShootForm";

interface PutIntoShootDialogProps {
  project: string;
  count: number;
  isOpen: boolean;
  isPending: boolean;
  /** Puts what is selected into the shoot with this id. */
  onPut: (shoot: string) => void;
  onClose: () => void;
}

/** Puts a selection into a shoot that is there, or into a new one. */
export function PutIntoShootDialog(props: PutIntoShootDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog
      title={t("shoots.putTitle", { count: props.count })}
      isOpen={props.isOpen}
      onClose={props.onClose}
    >
      {props.isOpen ? <PutInto {...props} /> : null}
    </Dialog>
  );
}

const NEW = "new";

function PutInto({ project, isPending, onPut, onClose }: PutIntoShootDialogProps) {
  const { t } = useTranslation();
  const shoots = useQuery(shootsQuery(project));
  const [chosen, setChosen] = useState<string | null>(null);
  const making = useMutation({
    mutationFn: (draft: ShootDraft) => createShoot(project, draft, null),
    onSuccess: ({ id }) => onPut(id),
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
          <Button look="primary" isPending={isPending} onPress={() => onPut(shoot.id)}>
            {t("shoots.putDo")}
          </Button>
        </Actions>
      ) : (
        <ShootForm
          start={NEW_SHOOT}
          action={t("shoots.save.new")}
          isPending={making.isPending || isPending}
          error={making.error}
          onSubmit={(draft) => making.mutate(draft)}
          onClose={onClose}
        />
      )}
    </>
  );
}
