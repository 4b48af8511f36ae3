import { X } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import {
  Button,
  ComboBox,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Tag,
  TagGroup,
  TagList,
  Text,
} from "react-aria-components";
import { useTranslation } from "react-i18next";
import styles from "./Chips.module.css";
import { classNames } from "./classNames";
import fieldStyles from "./Field.module.css";
import popoverStyles from "./Popover.module.css";
import { REFUSED } from "./refused";

interface ChipsFieldProps {
  label: string;
  values: readonly string[];
  /** What may be added; with `allowsOthers` it is only a help. */
  options: readonly string[];
  allowsOthers?: boolean;
  onAdd: (value: string) => void;
  onRemove: (value: string) => void;
  onInput?: (text: string) => void;
  /** How a value is read, where it is not shown as it is. */
  labelOf?: (value: string) => string;
  placeholder?: string | undefined;
  description?: string | undefined;
  errors?: readonly string[] | undefined;
  isReadOnly?: boolean;
  autoFocus?: boolean;
}

/** Several short values as chips, with a box that adds one of those proposed, or another. */
export function ChipsField(props: ChipsFieldProps) {
  const { label, values, onRemove, labelOf = same, description, errors, isReadOnly = false } = props;
  const failed = errors !== undefined && errors.length > 0;
  return (
    <div className={fieldStyles.field}>
      <TagGroup
        {...(!isReadOnly && {
          onRemove: (keys: Set<string | number>) => {
            for (const key of keys) onRemove(String(key));
          },
        })}
        className={styles.group ?? ""}
      >
        <Label className={fieldStyles.label ?? ""}>{label}</Label>
        <TagList className={styles.list ?? ""}>
          {values.map((value) => (
            <Tag key={value} id={value} textValue={labelOf(value)} className={styles.chip ?? ""}>
              {labelOf(value)}
              {isReadOnly ? null : <Remove />}
            </Tag>
          ))}
        </TagList>
      </TagGroup>
      {isReadOnly ? null : <Adder {...props} failed={failed} />}
      {description ? <span className={fieldStyles.description}>{description}</span> : null}
      {failed ? (
        <span role="alert" className={fieldStyles.error}>
          {errors.join(" ")}
        </span>
      ) : null}
    </div>
  );
}

const same = (value: string): string => value;

function Remove() {
  const { t } = useTranslation();
  return (
    <Button slot="remove" aria-label={t("ui.remove")} className={styles.remove ?? ""}>
      <X aria-hidden="true" />
    </Button>
  );
}

/** Those that hold what is written, those that begin with it first. */
function matching<Item extends { name: string }>(items: readonly Item[], text: string): Item[] {
  const wanted = text.trim().toLowerCase();
  const at = ({ name }: Item): number => name.toLowerCase().indexOf(wanted);
  return items
    .filter((item) => at(item) >= 0)
    .sort((one, other) => Number(at(one) > 0) - Number(at(other) > 0))
    .slice(0, MOST);
}

/** No list that opens under a box is longer. */
const MOST = 100;

function Adder(props: ChipsFieldProps & { failed: boolean }) {
  const { t } = useTranslation();
  const { label, values, options, allowsOthers = false, onAdd, onInput, labelOf = same, placeholder } = props;
  const [text, setText] = useState("");
  // A box that is emptied by us would open its list; a new one stays closed.
  const [round, setRound] = useState(0);
  const items = matching(
    options
      .filter((option) => !values.includes(option))
      .map((option) => ({ id: option, name: labelOf(option) })),
    text,
  );
  const add = (value: string): void => {
    setText("");
    setRound((before) => before + 1);
    onInput?.("");
    if (value !== "" && !values.includes(value)) onAdd(value);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const choosing = event.currentTarget.getAttribute("aria-activedescendant");
    if ((event.key === "Enter" || event.key === ",") && !choosing && allowsOthers && text.trim() !== "") {
      event.preventDefault();
      add(text.trim());
    }
  };
  return (
    <ComboBox
      key={round}
      autoFocus={round > 0 || props.autoFocus === true}
      aria-label={t("ui.addTo", { name: label })}
      items={items}
      inputValue={text}
      onInputChange={(next) => {
        setText(next);
        onInput?.(next);
      }}
      value={null}
      onChange={(key) => {
        if (key !== null) add(String(key));
      }}
      allowsCustomValue
      {...(props.failed && REFUSED)}
    >
      <Input
        placeholder={placeholder ?? t("ui.add")}
        onKeyDown={onKeyDown}
        className={classNames(fieldStyles.input, styles.input)}
      />
      <FieldError className={fieldStyles.error ?? ""} />
      <Popover className={popoverStyles.popover ?? ""} offset={4}>
        <ListBox<{ id: string; name: string }> className={popoverStyles.list ?? ""}>
          {(item) => (
            <ListBoxItem id={item.id} textValue={item.name} className={popoverStyles.item ?? ""}>
              <Text slot="label">{item.name}</Text>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  );
}
