import styles from "./Avatar.module.css";
import { classNames } from "./classNames";
import { initials } from "./format";

/** A person's initials on a quiet colour of their own. */
export function Avatar({ name, small = false }: { name: string; small?: boolean }) {
  let hue = 0;
  for (const letter of name) hue = (hue * 31 + (letter.codePointAt(0) ?? 0)) % 360;
  return (
    <span
      aria-hidden="true"
      className={classNames(styles.avatar, small && styles.small)}
      style={{ background: `oklch(0.76 0.085 ${hue})` }}
    >
      {initials(name)}
    </span>
  );
}
