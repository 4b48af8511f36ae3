import { Check, ChevronDown } from "lucide-react";
import {
  Select as AriaSelect,
  Button,
  FieldError,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
  Text,
} from "react-aria-components";
import { classNames } from "./classNames";
import fieldStyles from "./Field.module.css";
import styles from "./Popover.module.css";
import { REFUSED } from "./refused";

export interface Option<Value extends string> {
  value: Value;
  label: string;
  /** More about it, shown in the list only. */
  hint?: string;
}

interface SelectProps<Value extends string> {
  label: string;
  options: readonly Option<Value>[];
  value: Value;
  onChange: (value: Value) => void;
  /** Without a visible label, for toolbars. */
  compact?: boolean;
  isDisabled?: boolean;
  description?: string | undefined;
  /** What the server said about this field. */
  errors?: readonly string[] | undefined;
}

export function Select<Value extends string>({
  label,
  options,
  value,
  onChange,
  compact = false,
  isDisabled = false,
  description,
  errors,
}: SelectProps<Value>) {
  const failed = errors !== undefined && errors.length > 0;
  return (
    <AriaSelect
      {...(compact && { "aria-label": label })}
      isDisabled={isDisabled}
      {...(failed && REFUSED)}
      value={value}
      onChange={(key) => {
        const option = options.find((candidate) => candidate.value === key);
        if (option) onChange(option.value);
      }}
      className={classNames(fieldStyles.field, compact && fieldStyles.compact)}
    >
      {compact ? null : <Label className={fieldStyles.label ?? ""}>{label}</Label>}
      <Button className={fieldStyles.select ?? ""}>
        <SelectValue className={fieldStyles.value ?? ""}>{({ selectedText }) => selectedText}</SelectValue>
        <ChevronDown aria-hidden="true" />
      </Button>
      {description ? (
        <Text slot="description" className={fieldStyles.description ?? ""}>
          {description}
        </Text>
      ) : null}
      <FieldError className={fieldStyles.error ?? ""}>{failed ? errors.join(" ") : undefined}</FieldError>
      <Popover className={styles.popover ?? ""} offset={4}>
        <ListBox
          className={styles.list ?? ""}
          items={options.map((option) => ({ ...option, id: option.value }))}
        >
          {(option) => (
            <ListBoxItem id={option.value} textValue={option.label} className={styles.item ?? ""}>
              {({ isSelected }) => (
                <>
                  <span>
                    {option.label}
                    {option.hint ? <small className={styles.hint}>{option.hint}</small> : null}
                  </span>
                  {isSelected ? <Check className={styles.check} aria-hidden="true" /> : null}
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
