import type { ReactElement, ReactNode } from "react";
import {
  Menu as AriaMenu,
  MenuItem as AriaMenuItem,
  MenuTrigger,
  Popover,
  type PopoverProps,
} from "react-aria-components";
import { classNames } from "./classNames";
import styles from "./Popover.module.css";

interface MenuProps {
  label: string;
  trigger: ReactElement;
  children: ReactNode;
  placement?: PopoverProps["placement"];
}

/** A button that opens a list of commands. */
export function Menu({ label, trigger, children, placement }: MenuProps) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover className={styles.popover ?? ""} offset={4} {...(placement && { placement })}>
        <AriaMenu aria-label={label} className={styles.list ?? ""}>
          {children}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}

interface MenuItemProps {
  label: string;
  icon?: ReactNode;
  onAction?: () => void;
  isDisabled?: boolean;
  danger?: boolean;
  hint?: ReactNode;
}

export function MenuItem({ label, icon, onAction, isDisabled = false, danger = false, hint }: MenuItemProps) {
  return (
    <AriaMenuItem
      textValue={label}
      isDisabled={isDisabled}
      {...(onAction && { onAction })}
      className={classNames(styles.item, danger && styles.danger)}
    >
      {icon}
      <span>{label}</span>
      {hint ? <span className={styles.check}>{hint}</span> : null}
    </AriaMenuItem>
  );
}
