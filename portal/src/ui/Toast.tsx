import { X } from "lucide-react";
import type { ReactNode } from "react";
import {
  Text,
  UNSTABLE_Toast as Toast,
  UNSTABLE_ToastContent as ToastContent,
  UNSTABLE_ToastQueue as ToastQueue,
  UNSTABLE_ToastRegion as ToastRegion,
} from "react-aria-components";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { classNames } from "./classNames";
import styles from "./Toast.module.css";

interface Message {
  text: string;
  detail?: string | undefined;
  tone: "neutral" | "danger";
  /** Stands in the place of text and detail. */
  content?: ReactNode;
}

const queue = new ToastQueue<Message>({ maxVisibleToasts: 4 });

/** Says that something was done; it goes by itself. */
export function notify(text: string): void {
  queue.add({ text, tone: "neutral" }, { timeout: 5000 });
}

/** Says that something was not done, and why. */
export function notifyError(text: string, error?: unknown): void {
  queue.add(
    { text, detail: error instanceof Error ? error.message : undefined, tone: "danger" },
    { timeout: 12_000 },
  );
}

/** Shows something that changes while it stays, until it is closed. */
export function notifyLasting(render: (close: () => void) => ReactNode): void {
  const close = (): void => queue.close(key);
  const key = queue.add({ text: "", content: render(() => close()), tone: "neutral" });
}

/** What a message that changes says first: its name for those who hear it. */
export function ToastTitle({ children }: { children: ReactNode }) {
  return <Text slot="title">{children}</Text>;
}

export function Toasts() {
  const { t } = useTranslation();
  return (
    <ToastRegion queue={queue} className={styles.region ?? ""}>
      {({ toast }) => (
        <Toast
          toast={toast}
          className={classNames(styles.toast, toast.content.tone === "danger" && styles.danger)}
        >
          <ToastContent className={styles.text ?? ""}>
            {toast.content.content ?? <Text slot="title">{toast.content.text}</Text>}
            {toast.content.detail ? (
              <p className={styles.detail}>
                <Text slot="description">{toast.content.detail}</Text>
              </p>
            ) : null}
          </ToastContent>
          <IconButton slot="close" label={t("ui.close")} size="small">
            <X />
          </IconButton>
        </Toast>
      )}
    </ToastRegion>
  );
}
