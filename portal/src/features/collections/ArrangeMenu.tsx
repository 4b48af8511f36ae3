import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ArrowDownToLine, ArrowUpDown, ArrowUpToLine } from "lucide-react";
import { useTranslation } from "react-i18next";
import { assetsKey } from "@/api/keys";
import { Button, Menu, MenuItem, notify, notifyError } from "@/ui";
import { arrange } from "./queries";

interface ArrangeMenuProps {
  project: string;
  collection: string;
  /** What is selected, in the order of the list. */
  order: () => readonly string[];
}

/** Moves a selection to either end of the collection that is shown: what dragging does, without dragging. */
export function ArrangeMenu({ project, collection, order }: ArrangeMenuProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const moving = useMutation({
    mutationFn: async (end: "first" | "last") => {
      await arrange(collection, order(), end === "last" ? null : undefined);
      return end;
    },
    onSuccess: async (end) => {
      notify(t(`collections.ends.${end}`));
      await queryClient.invalidateQueries({ queryKey: assetsKey(project) });
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
  return (
    <Menu
      label={t("collections.arrange")}
      placement="bottom end"
      trigger={
        <Button isPending={moving.isPending}>
          <ArrowUpDown />
          {t("collections.arrange")}
        </Button>
      }
    >
      <MenuItem
        label={t("collections.toFirst")}
        icon={<ArrowUpToLine />}
        onAction={() => moving.mutate("first")}
      />
      <MenuItem
        label={t("collections.toLast")}
        icon={<ArrowDownToLine />}
        onAction={() => moving.mutate("last")}
      />
    </Menu>
  );
}
