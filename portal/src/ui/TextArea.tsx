import type { KeyboardEvent } from "react";
import {
  TextArea as AriaTextArea,
  TextField as AriaTextField,
  FieldError,
  Label,
  Text,
} from "react-aria-components";
import styles from "./Field.module.css";
import { REFUSED } from "./refused";

interface TextAreaProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  onBlur?: () => void;
  onKeyDown?: (event: KeyboardEvent) => void;
  description?: string | undefined;
  errors?: readonly string[] | undefined;
  rows?: number;
  isRequired?: boolean;
  autoFocus?: boolean;
}

/** Text of several lines. */
export function TextArea({
  label,
  description,
  errors,
  rows = 4,
  onBlur,
  onKeyDown,
  ...props
}: TextAreaProps) {
  const failed = errors !== undefined && errors.length > 0;
  return (
    <AriaTextField
      {...props}
      {...(onBlur && { onBlur })}
      {...(failed && REFUSED)}
      className={styles.field ?? ""}
    >
      <Label className={styles.label ?? ""}>{label}</Label>
      <AriaTextArea
        rows={rows}
        dir="auto"
        {...(onKeyDown && { onKeyDown })}
        className={`${styles.input} ${styles.area}`}
      />
      {description ? (
        <Text slot="description" className={styles.description ?? ""}>
          {description}
        </Text>
      ) : null}
      <FieldError className={styles.error ?? ""}>{failed ? errors.join(" ") : undefined}</FieldError>
    </AriaTextField>
  );
}
