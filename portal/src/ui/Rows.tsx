import type { ReactNode } from "react";
import styles from "./Rows.module.css";

/** Things one under the other, each with its name, what is to be said of it, and what can be done about it. */
export function Rows({ children }: { children: ReactNode }) {
  return <ul className={styles.rows}>{children}</ul>;
}

interface RowProps {
  name: string;
  facts: ReactNode;
  /** Buttons. */
  children?: ReactNode;
}

export function Row({ name, facts, children }: RowProps) {
  return (
    <li className={styles.row}>
      <div>
        <p className={styles.name} title={name}>
          {name}
        </p>
        <p className={styles.facts}>{facts}</p>
      </div>
      <div className={styles.does}>{children}</div>
    </li>
  );
}
