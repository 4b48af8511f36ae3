import { useMutation } from "@tanstack/react-query";
import {
  Camera,
  CameraOff,
  ChevronDown,
  Download,
  FolderInput,
  FolderPlus,
  ListPlus,
  RefreshCw,
  RotateCcw,
  Tags,
  Trash2,
} from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Project, reaches } from "@/api/types";
import { PutIntoShootDialog } from "@/features/shoots";
import { Button, ConfirmDialog, Menu, MenuItem, notifyError, useShortcuts } from "@/ui";
import { FieldDialog } from "./FieldDialog";
import { followJob } from "./JobToast";
import { type BulkAction, type BulkSelection, canUndo, saidOf } from "./model";
import { CollectDialog, ExportDialog, MoveDialog } from "./PlaceDialogs";
import { startBulk } from "./queries";
import { TagsDialog } from "./TagsDialog";

interface BulkBarProps {
  project: Project;
  selection: BulkSelection;
  count: number;
  /** Whether the assets are in the trash. */
  trashed: boolean;
  onStarted: () => void;
}

type Open = "tags" | "field" | "move" | "collect" | "shoot" | "export" | "trash" | null;

/** What can be done to many assets at once. */
export function BulkBar({ project, selection, count, trashed, onStarted }: BulkBarProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Open>(null);
  const start = useMutation({
    mutationFn: (action: BulkAction) => startBulk(selection, action),
    onSuccess: (job, action) => {
      setOpen(null);
      onStarted();
      followJob({
        job,
        project: project.id,
        mayUndo: canUndo(action),
        takeBack:
          action.trash && "ids" in selection ? () => startBulk(selection, { restore: true }) : undefined,
      });
    },
    onError: (error) => {
      if (open !== "field" || saidOf(error) === undefined) notifyError(t("ui.notDone"), error);
    },
  });
  const mayEdit = reaches(project.role, "editor");
  useShortcuts([["Delete", () => setOpen("trash")]], mayEdit && !trashed);
  const dialog = {
    project,
    count,
    isPending: start.isPending,
    error: start.error,
    onClose: () => {
      start.reset();
      setOpen(null);
    },
    onApply: (action: BulkAction) => start.mutate(action),
  };
  if (!mayEdit) return null;
  if (trashed) {
    return (
      <Button isPending={start.isPending} onPress={() => start.mutate({ restore: true })}>
        <RotateCcw />
        {t("bulk.restore")}
      </Button>
    );
  }
  return (
    <>
      <Button onPress={() => setOpen("tags")}>
        <Tags />
        {t("bulk.tag")}
      </Button>
      <Menu
        label={t("bulk.actions")}
        placement="bottom end"
        trigger={
          <Button isPending={start.isPending}>
            {t("bulk.actions")}
            <ChevronDown />
          </Button>
        }
      >
        <MenuItem label={t("bulk.setField")} icon={<ListPlus />} onAction={() => setOpen("field")} />
        <MenuItem label={t("bulk.collect")} icon={<FolderPlus />} onAction={() => setOpen("collect")} />
        <MenuItem label={t("bulk.shoot")} icon={<Camera />} onAction={() => setOpen("shoot")} />
        <MenuItem
          label={t("bulk.unshoot")}
          icon={<CameraOff />}
          onAction={() => start.mutate({ unshoot: true })}
        />
        <MenuItem label={t("bulk.move")} icon={<FolderInput />} onAction={() => setOpen("move")} />
        <MenuItem label={t("bulk.export")} icon={<Download />} onAction={() => setOpen("export")} />
        <MenuItem
          label={t("bulk.rebuild")}
          icon={<RefreshCw />}
          onAction={() => start.mutate({ rebuild: true })}
        />
        <MenuItem label={t("bulk.trash")} icon={<Trash2 />} danger onAction={() => setOpen("trash")} />
      </Menu>
      <TagsDialog {...dialog} isOpen={open === "tags"} />
      <FieldDialog {...dialog} isOpen={open === "field"} />
      <CollectDialog {...dialog} isOpen={open === "collect"} />
      <ExportDialog {...dialog} isOpen={open === "export"} />
      <MoveDialog {...dialog} isOpen={open === "move"} />
      <PutIntoShootDialog
        project={project.id}
        count={count}
        isOpen={open === "shoot"}
        isPending={start.isPending}
        onPut={(shoot) => start.mutate({ shoot })}
        onClose={() => setOpen(null)}
      />
      <ConfirmDialog
        title={t("bulk.trash")}
        text={t("bulk.trashAsk", { count })}
        action={t("bulk.trash")}
        isOpen={open === "trash"}
        isPending={start.isPending}
        onConfirm={() => start.mutate({ trash: true })}
        onClose={() => setOpen(null)}
      />
    </>
  );
}
