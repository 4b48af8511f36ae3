import { Check, Search, X } from "lucide-react";
import { type ReactNode, type Ref, useId } from "react";
import {
  Checkbox as AriaCheckbox,
  SearchField as AriaSearchField,
  TextField as AriaTextField,
  type TextFieldProps as AriaTextFieldProps,
  FieldError,
  Input,
  Label,
  Text,
} from "react-aria-components";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import styles from "./Field.module.css";
import { REFUSED } from "./refused";

type TextFieldProps = Omit<AriaTextFieldProps, "className" | "style" | "children"> & {
  label: string;
  description?: string;
  placeholder?: string;
  /** What the server said about this field. */
  errors?: readonly string[] | undefined;
  inputRef?: Ref<HTMLInputElement>;
  min?: string | number;
};

export function TextField({
  label,
  description,
  placeholder,
  errors,
  inputRef,
  min,
  ...props
}: TextFieldProps) {
  const failed = errors !== undefined && errors.length > 0;
  return (
    <AriaTextField {...props} {...(failed && REFUSED)} className={styles.field ?? ""}>
      <Label className={styles.label ?? ""}>{label}</Label>
      <Input
        {...(inputRef && { ref: inputRef })}
        {...(min !== undefined && { min })}
        {...(placeholder && { placeholder })}
        dir="auto"
        className={styles.input ?? ""}
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

interface SearchFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  inputRef?: Ref<HTMLInputElement>;
  className?: string | undefined;
  /** The id of what explains the field. */
  describedBy?: string | undefined;
  onFocusChange?: (isFocused: boolean) => void;
}

export function SearchField({
  label,
  value,
  onChange,
  inputRef,
  className,
  describedBy,
  onFocusChange,
}: SearchFieldProps) {
  const { t } = useTranslation();
  return (
    <AriaSearchField
      aria-label={label}
      value={value}
      onChange={onChange}
      {...(describedBy && { "aria-describedby": describedBy })}
      {...(onFocusChange && { onFocusChange })}
      className={`${styles.search} ${className ?? ""}`}
    >
      <Search aria-hidden="true" />
      <Input {...(inputRef && { ref: inputRef })} placeholder={label} className={styles.input ?? ""} />
      <span className={styles.clear}>
        <IconButton label={t("ui.clear")} size="small">
          <X />
        </IconButton>
      </span>
    </AriaSearchField>
  );
}

interface CheckboxProps {
  children: ReactNode;
  isSelected: boolean;
  onChange: (selected: boolean) => void;
  isDisabled?: boolean;
  description?: string;
}

export function Checkbox({ children, description, isDisabled = false, ...props }: CheckboxProps) {
  const hint = useId();
  return (
    <div className={styles.field}>
      <AriaCheckbox
        {...props}
        isDisabled={isDisabled}
        {...(description && { "aria-describedby": hint })}
        className={styles.checkbox ?? ""}
      >
        <span className={styles.box} aria-hidden="true">
          <Check />
        </span>
        {children}
      </AriaCheckbox>
      {description ? (
        <span id={hint} className={styles.description}>
          {description}
        </span>
      ) : null}
    </div>
  );
}
