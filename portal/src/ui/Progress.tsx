import { ProgressBar } from "react-aria-components";
import { classNames } from "./classNames";
import styles from "./Progress.module.css";

interface ProgressProps {
  label: string;
  /** 0 to 1; left out when unknown. */
  value?: number | undefined;
  tone?: "accent" | "ok" | "danger";
}

export function Progress({ label, value, tone = "accent" }: ProgressProps) {
  const known = value !== undefined;
  return (
    <ProgressBar
      aria-label={label}
      isIndeterminate={!known}
      value={(value ?? 0) * 100}
      className={classNames(styles.track, !known && styles.indeterminate)}
    >
      <div
        className={classNames(styles.fill, tone !== "accent" && styles[tone])}
        style={known ? { transform: `scaleX(${Math.min(1, Math.max(0, value))})` } : undefined}
      />
    </ProgressBar>
  );
}
