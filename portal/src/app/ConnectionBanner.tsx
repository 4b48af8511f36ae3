import { CloudOff } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useReconnecting } from "@/api/useLive";
import styles from "./Shell.module.css";

/** A short hiccup of the live feed is nobody's business; only a longer one is shown. */
const PATIENCE_MS = 3000;

function useOnline(): boolean {
  return useSyncExternalStore(
    (listener) => {
      addEventListener("online", listener);
      addEventListener("offline", listener);
      return () => {
        removeEventListener("online", listener);
        removeEventListener("offline", listener);
      };
    },
    () => navigator.onLine,
  );
}

function useLasting(condition: boolean): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!condition) {
      setLasting(false);
      return;
    }
    const timer = setTimeout(() => setLasting(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [condition]);
  return lasting;
}

/** Says when changes do not arrive. */
export function ConnectionBanner() {
  const { t } = useTranslation();
  const online = useOnline();
  const reconnecting = useLasting(useReconnecting());
  if (online && !reconnecting) return null;
  return (
    <div role="status" className={styles.banner}>
      <CloudOff aria-hidden="true" />
      {online ? t("app.reconnecting") : t("app.offline")}
    </div>
  );
}
