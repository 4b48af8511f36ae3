import { X } from "lucide-react";
import { type ReactNode, useCallback, useRef } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { classNames } from "./classNames";
import styles from "./Dialog.module.css";

interface DialogProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  wide?: boolean;
  /** A dialog that interrupts to ask is announced as such. */
  role?: "dialog" | "alertdialog";
  children: ReactNode;
}

/**
 * A modal dialog with a title and a close button; Escape and a click beside it close it, focus returns. Where somebody
 * has written, or something is shown this once (`data-once`), a click beside it is taken for a slip.
 */
export function Dialog({ title, isOpen, onClose, wide = false, role = "dialog", children }: DialogProps) {
  const { t } = useTranslation();
  const isWritten = useRef(false);
  const body = useRef<HTMLDivElement>(null);
  // What opens anew has nothing written in it yet.
  const begin = useCallback((element: HTMLDivElement | null) => {
    body.current = element;
    isWritten.current = false;
  }, []);
  return (
    <ModalOverlay
      isDismissable
      isOpen={isOpen}
      shouldCloseOnInteractOutside={() => !isWritten.current && !body.current?.querySelector("[data-once]")}
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      className={styles.scrim ?? ""}
    >
      <Modal className={classNames(styles.modal, wide && styles.wide)}>
        <AriaDialog role={role} className={styles.dialog ?? ""}>
          <header className={styles.head}>
            <Heading slot="title" className={styles.title ?? ""}>
              {title}
            </Heading>
            <IconButton label={t("ui.close")} size="small" onPress={onClose}>
              <X />
            </IconButton>
          </header>
          <div
            ref={begin}
            className={styles.body}
            onInput={() => {
              isWritten.current = true;
            }}
          >
            {children}
          </div>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** The row of buttons at the foot of a dialog or form. */
export function Actions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}
