import { Check, ChevronDown } from "lucide-react";
import {
  Select as AriaSelect,
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
} from "react-aria-components";
import { classNames } from "./classNames";
import fieldStyles from "./Field.module.css";
import styles from "./Popover.module.css";

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
}

export function Select<Value extends string>({
  label,
  options,
  value,
  onChange,
  compact = false,
  isDisabled = false,
}: SelectProps<Value>) {
  return (
    <AriaSelect
      {...(compact && { "aria-label": label })}
      isDisabled={isDisabled}
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
