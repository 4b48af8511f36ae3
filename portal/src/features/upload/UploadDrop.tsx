import { FolderUp, Upload } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { FileTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { Button, IconButton, notifyError } from "@/ui";
import type { PlacedFile } from "@/upload-engine";
import { placedIn, placedInDrop } from "./folders";
import { setTrayOpen } from "./trayState";
import styles from "./UploadDrop.module.css";
import { uploads } from "./uploads";

interface UploadTarget {
  project: string;
  asset?: string;
}

/** Starts uploads and shows them. */
export function startUploads(files: Iterable<File | PlacedFile>, target: UploadTarget): void {
  uploads.add(files, target);
  setTrayOpen(true);
}

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;

interface UploadDropProps extends UploadTarget {
  projectName: string;
}

/** Takes files dropped anywhere on the page. */
export function UploadDrop({ project, asset, projectName }: UploadDropProps) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  useEffect(() => {
    const onEnter = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      depth.current += 1;
      setOver(true);
    };
    const onLeave = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      depth.current = Math.max(0, depth.current - 1);
      if (depth.current === 0) setOver(false);
    };
    const onOver = (event: DragEvent): void => {
      if (hasFiles(event)) event.preventDefault();
    };
    const notifyUnread = (error: unknown): void => notifyError(t("upload.unread"), error);
    const onDrop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth.current = 0;
      setOver(false);
      if (!event.dataTransfer) return;
      if (asset) startUploads(event.dataTransfer.files, { project, asset });
      else
        void placedInDrop(event.dataTransfer).then((files) => startUploads(files, { project }), notifyUnread);
    };
    addEventListener("dragenter", onEnter);
    addEventListener("dragleave", onLeave);
    addEventListener("dragover", onOver);
    addEventListener("drop", onDrop);
    return () => {
      removeEventListener("dragenter", onEnter);
      removeEventListener("dragleave", onLeave);
      removeEventListener("dragover", onOver);
      removeEventListener("drop", onDrop);
    };
  }, [project, asset, t]);
  if (!over) return null;
  return (
    <div className={styles.overlay}>
      <div className={styles.target}>
        <Upload aria-hidden="true" />
        {t("assets.dropHere", { project: projectName })}
      </div>
    </div>
  );
}

interface UploadButtonProps extends UploadTarget {
  label: string;
  look?: "primary" | "secondary" | "quiet";
}

export function UploadButton({ label, look = "primary", ...target }: UploadButtonProps) {
  return (
    <FileTrigger
      allowsMultiple={target.asset === undefined}
      onSelect={(files) => files && startUploads(files, target)}
    >
      <Button look={look}>
        <Upload />
        <span className="narrow-hidden">{label}</span>
      </Button>
    </FileTrigger>
  );
}

/** Sends everything that a folder holds; the folders are kept as the assets' own. */
export function UploadFolderButton({ label, project }: { label: string; project: string }) {
  return (
    <FileTrigger acceptDirectory onSelect={(files) => files && startUploads(placedIn(files), { project })}>
      <IconButton label={label}>
        <FolderUp />
      </IconButton>
    </FileTrigger>
  );
}
