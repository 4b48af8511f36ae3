import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { assetsKey } from "@/api/keys";
import type { Shoot, ShootProposal } from "@/api/types";
import { Dialog, notify, notifyError } from "@/ui";
import { changeShoot, createShoot, type ShootDraft } from "./queries";
import { isShown, NEW_SHOOT, ShootForm } from "./ShootForm";

/** What is named: a new shoot, one that is there, or a proposal that is accepted. */
export type Named =
  | { readonly kind: "new" }
  | { readonly kind: "shoot"; readonly shoot: Shoot }
  | { readonly kind: "proposal"; readonly proposal: ShootProposal };

interface ShootDialogProps {
  project: string;
  named: Named | null;
  onClose: () => void;
}

export function ShootDialog({ project, named, onClose }: ShootDialogProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const saving = useMutation({
    mutationFn: ({ what, draft }: { what: Named; draft: ShootDraft }): Promise<Shoot> => {
      if (what.kind === "shoot") return changeShoot(what.shoot.id, draft);
      return createShoot(project, draft, what.kind === "proposal" ? { proposal: what.proposal.id } : null);
    },
    onSuccess: async (shoot) => {
      notify(t("shoots.saved", { name: shoot.name }));
      onClose();
      await queryClient.invalidateQueries({ queryKey: assetsKey(project) });
    },
    onError: (error) => {
      if (!isShown(error)) notifyError(t("ui.notDone"), error);
    },
  });
  return (
    <Dialog
      title={named ? t(`shoots.titles.${named.kind}`, { name: nameOf(named) }) : ""}
      isOpen={named !== null}
      onClose={onClose}
    >
      {named ? (
        <ShootForm
          start={startOf(named)}
          action={t(`shoots.save.${named.kind}`)}
          isPending={saving.isPending}
          error={saving.error}
          onSubmit={(draft) => saving.mutate({ what: named, draft })}
          onClose={onClose}
        />
      ) : null}
    </Dialog>
  );
}

function nameOf(named: Named): string {
  if (named.kind === "new") return "";
  return named.kind === "shoot" ? named.shoot.name : named.proposal.name;
}

function startOf(named: Named): ShootDraft {
  if (named.kind === "new") return NEW_SHOOT;
  if (named.kind === "proposal")
    return { ...NEW_SHOOT, name: named.proposal.name, date: named.proposal.date };
  const { name, date, place } = named.shoot;
  return { name, date, place };
}
