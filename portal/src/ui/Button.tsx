import type { ReactNode } from "react";
import {
  Button as AriaButton,
  type ButtonProps as AriaButtonProps,
  ToggleButton as AriaToggleButton,
  type ToggleButtonProps as AriaToggleButtonProps,
} from "react-aria-components";
import styles from "./Button.module.css";
import { classNames } from "./classNames";
import { Tooltip } from "./Tooltip";

export type ButtonLook = "primary" | "secondary" | "quiet" | "danger";

interface Look {
  look?: ButtonLook;
  size?: "small" | "medium";
}

type ButtonProps = Omit<AriaButtonProps, "className" | "style" | "children"> &
  Look & { children: ReactNode; className?: string | undefined };

export function buttonClass({ look = "secondary", size = "medium" }: Look = {}): string {
  return classNames(styles.button, styles[look], size === "small" && styles.small);
}

export function Button({ look, size, className, children, ...props }: ButtonProps) {
  return (
    <AriaButton {...props} className={classNames(buttonClass({ ...pick(look, size) }), className)}>
      {props.isPending ? <span className={styles.spinner} aria-hidden="true" /> : null}
      {children}
    </AriaButton>
  );
}

type IconButtonProps = Omit<ButtonProps, "children"> & {
  label: string;
  shortcut?: string;
  children: ReactNode;
};

/** A button that shows only an icon: its label is its accessible name and its tooltip. */
export function IconButton({
  label,
  shortcut,
  look = "quiet",
  size,
  className,
  children,
  ...props
}: IconButtonProps) {
  return (
    <Tooltip text={shortcut ? `${label} (${shortcut})` : label}>
      <AriaButton
        {...props}
        aria-label={label}
        className={classNames(buttonClass({ ...pick(look, size) }), styles.icon, className)}
      >
        {children}
      </AriaButton>
    </Tooltip>
  );
}

type IconToggleProps = Omit<AriaToggleButtonProps, "className" | "style" | "children"> &
  Look & { label: string; shortcut?: string; children: ReactNode };

/** An icon button that stays pressed. */
export function IconToggle({ label, shortcut, look = "quiet", size, children, ...props }: IconToggleProps) {
  return (
    <Tooltip text={shortcut ? `${label} (${shortcut})` : label}>
      <AriaToggleButton
        {...props}
        aria-label={label}
        className={classNames(buttonClass({ ...pick(look, size) }), styles.icon)}
      >
        {children}
      </AriaToggleButton>
    </Tooltip>
  );
}

function pick(look: ButtonLook | undefined, size: "small" | "medium" | undefined): Look {
  return { ...(look && { look }), ...(size && { size }) };
}
