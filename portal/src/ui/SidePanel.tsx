import { X } from "lucide-react";
import { type MouseEvent, type ReactNode, useSyncExternalStore } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { classNames } from "./classNames";
import styles from "./SidePanel.module.css";

const NARROW = matchMedia("(max-width: 900px)");

function onNarrow(notify: () => void): () => void {
  NARROW.addEventListener("change", notify);
  return () => NARROW.removeEventListener("change", notify);
}

/** Whether there is no room for a panel beside what is looked at. */
export function useIsNarrow(): boolean {
  return useSyncExternalStore(onNarrow, () => NARROW.matches);
}

interface SidePanelProps {
  label: string;
  side: "start" | "end";
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** Stands beside the page where there is room, and slides over it where there is none, until a way out is taken. */
export function SidePanel({ label, side, isOpen, onClose, children }: SidePanelProps) {
  const { t } = useTranslation();
  const isNarrow = useIsNarrow();
  if (!isNarrow) return isOpen ? children : null;
  const onClick = ({ target }: MouseEvent): void => {
    if (target instanceof Element && target.closest("a[href]")) onClose();
  };
  return (
    <ModalOverlay
      isDismissable
      isOpen={isOpen}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      className={styles.scrim ?? ""}
    >
      <Modal className={classNames(styles.drawer, styles[side])}>
        <Dialog className={styles.dialog ?? ""}>
          <header className={styles.head}>
            <Heading slot="title">{label}</Heading>
            <IconButton label={t("ui.close")} onPress={onClose}>
              <X />
            </IconButton>
          </header>
          {/* biome-ignore lint/a11y/noStaticElementInteractions: listens to the links inside, which have keys of their own */}
          {/* biome-ignore lint/a11y/useKeyWithClickEvents: a link that is entered by key is clicked too */}
          <div className={styles.content} onClick={onClick}>
            {children}
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
