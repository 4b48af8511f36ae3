import { Check, Copy } from "lucide-react";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import styles from "./CopyField.module.css";
import { notifyError } from "./Toast";

/** A text to take away, with a button that copies it. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
    } catch {
      field.current?.select();
      notifyError(t("ui.copyFailed"));
    }
  };
  return (
    <div className={styles.row}>
      <input
        ref={field}
        aria-label={label}
        readOnly
        value={value}
        className={styles.value}
        onFocus={(event) => event.currentTarget.select()}
      />
      <Button look="primary" onPress={() => void copy()}>
        {copied ? <Check /> : <Copy />}
        {copied ? t("ui.copied") : t("ui.copy")}
      </Button>
    </div>
  );
}
