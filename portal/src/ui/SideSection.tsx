import type { ReactNode } from "react";
import { classNames } from "./classNames";
import sideStyles from "./Side.module.css";
import { ErrorState, Skeleton } from "./States";

/** What a query of the rows tells. */
interface Rows {
  readonly data: readonly unknown[] | undefined;
  readonly error: Error | null;
  readonly isPending: boolean;
  readonly refetch: () => unknown;
}

interface SideSectionProps {
  title: string;
  /** Whose rows are listed; its waiting and its failure are shown here. */
  rows: Rows;
  /** What is said where there is no row. */
  empty: string;
  action?: ReactNode;
  /** Handlers and state of something that is dragged onto the heading. */
  drop?: { isOver: boolean; handlers: object };
  children: ReactNode;
}

/** A titled list in a side panel, like collections and saved searches. */
export function SideSection({ title, rows, empty, action, drop, children }: SideSectionProps) {
  return (
    <section className={sideStyles.panel} aria-label={title}>
      <header className={classNames(sideStyles.head, drop?.isOver && sideStyles.over)} {...drop?.handlers}>
        <h2>{title}</h2>
        {action}
      </header>
      {rows.isPending ? <Skeleton className={sideStyles.skeleton} /> : null}
      {rows.error ? <ErrorState error={rows.error} onRetry={() => void rows.refetch()} /> : null}
      {rows.data?.length === 0 ? <p className={sideStyles.empty}>{empty}</p> : null}
      {children}
    </section>
  );
}

export { sideStyles };
