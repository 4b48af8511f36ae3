import { Upload } from "lucide-react";
import { useTranslation } from "react-i18next";
import { IconButton } from "@/ui";
import { useUploadTray } from "./trayState";
import styles from "./UploadTrayButton.module.css";
import { totalProgress, useUploads } from "./uploads";

const RADIUS = 9;
const AROUND = 2 * Math.PI * RADIUS;

/** Opens the tray; a ring shows how far all uploads are together. */
export function UploadTrayButton() {
  const { t } = useTranslation();
  const progress = totalProgress(useUploads());
  const { isOpen, toggle } = useUploadTray();
  return (
    <IconButton label={t("app.uploads")} shortcut="U" aria-expanded={isOpen} onPress={toggle}>
      {progress === null ? (
        <Upload />
      ) : (
        <svg viewBox="0 0 24 24" className={styles.ring} aria-hidden="true">
          <circle cx="12" cy="12" r={RADIUS} />
          <circle
            cx="12"
            cy="12"
            r={RADIUS}
            strokeDasharray={AROUND}
            strokeDashoffset={AROUND * (1 - progress)}
          />
        </svg>
      )}
    </IconButton>
  );
}
