import { ChevronDown } from "lucide-react";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "@/ui";
import type { UploadItem } from "@/upload-engine";
import { setTrayOpen } from "./trayState";
import { UploadRow } from "./UploadRow";
import styles from "./UploadTray.module.css";
import { isBusy, uploads, useUploads } from "./uploads";

/** Every upload of this tab, over whatever page is open. */
export function UploadTray() {
  const { t } = useTranslation();
  const items = useUploads();
  const [settled, setSettled] = useState<ReadonlySet<string>>(new Set());
  const settle = useCallback((id: string) => setSettled((before) => new Set(before).add(id)), []);
  const busy = items.filter(isBusy).length;
  const finished = items.filter((item) => settled.has(item.id));
  return (
    <section className={styles.tray} aria-label={t("upload.title")}>
      <header className={styles.head}>
        <h2 aria-live="polite">
          {busy > 0 ? t("upload.summary", { count: busy }) : t(restingTitle(items, settled))}
        </h2>
        {finished.length > 0 ? (
          <Button
            look="quiet"
            size="small"
            onPress={() => {
              for (const item of finished) uploads.forget(item.id);
            }}
          >
            {t("upload.clearDone")}
          </Button>
        ) : null}
        <IconButton label={t("upload.minimize")} size="small" onPress={() => setTrayOpen(false)}>
          <ChevronDown />
        </IconButton>
      </header>
      {items.length === 0 ? (
        <p className={styles.empty}>{t("upload.empty")}</p>
      ) : (
        <ul className={styles.list}>
          {unfinishedFirst(items, settled).map((item) => (
            <UploadRow key={item.id} item={item} onSettled={settle} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** What still moves stands on top, however many lines lie finished. */
function unfinishedFirst(items: readonly UploadItem[], settled: ReadonlySet<string>): UploadItem[] {
  return [...items.filter(({ id }) => !settled.has(id)), ...items.filter(({ id }) => settled.has(id))];
}

function restingTitle(items: readonly UploadItem[], settled: ReadonlySet<string>) {
  if (items.length === 0) return "upload.title";
  return items.some((item) => item.phase === "sent" && !settled.has(item.id))
    ? "upload.serverBusy"
    : "upload.allDone";
}
