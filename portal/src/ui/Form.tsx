import type { ReactNode } from "react";
import { Form as AriaForm } from "react-aria-components";
import styles from "./Field.module.css";

interface FormProps {
  /** While an earlier submission is under way another is ignored. */
  isPending: boolean;
  onSubmit: () => void;
  children: ReactNode;
}

export function Form({ isPending, onSubmit, children }: FormProps) {
  return (
    <AriaForm
      className={styles.form ?? ""}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isPending) onSubmit();
      }}
    >
      {children}
    </AriaForm>
  );
}
