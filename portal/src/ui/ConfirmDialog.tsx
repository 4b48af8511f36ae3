import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { Actions, Dialog } from "./Dialog";

interface ConfirmDialogProps {
  title: string;
  text: string;
  action: string;
  isOpen: boolean;
  isPending?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be undone. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog role="alertdialog" title={props.title} isOpen={props.isOpen} onClose={props.onClose}>
      <p>{props.text}</p>
      <Actions>
        <Button onPress={props.onClose}>{t("ui.cancel")}</Button>
        <Button look="danger" isPending={props.isPending ?? false} onPress={props.onConfirm} autoFocus>
          {props.action}
        </Button>
      </Actions>
    </Dialog>
  );
}
