import { CircleAlert, SearchX } from "lucide-react";
import type { CSSProperties, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/errors";
import { Button } from "./Button";
import { classNames } from "./classNames";
import styles from "./States.module.css";

interface EmptyStateProps {
  icon: ReactNode;
  title?: string;
  text: string;
  action?: ReactNode;
  /** Whether it is all that the page has: the title is the page's heading. */
  isPage?: boolean;
}

/** Nothing here yet: one sentence and what to do about it. */
export function EmptyState({ icon, title, text, action, isPage = false }: EmptyStateProps) {
  const Title = isPage ? "h1" : "p";
  return (
    <div className={styles.state}>
      <span className={styles.icon} aria-hidden="true">
        {icon}
      </span>
      {title ? <Title className={styles.title}>{title}</Title> : null}
      <p className={styles.text}>{text}</p>
      {action ? <div className={styles.buttons}>{action}</div> : null}
    </div>
  );
}

interface ErrorStateProps {
  error: Error;
  onRetry?: (() => void) | undefined;
  /** Where to go from a page that does not exist. */
  wayOut?: ReactNode;
  isPage?: boolean;
}

/** What went wrong, in the server's words, the number under which it is logged, and a way to try again. */
export function ErrorState({ error, onRetry, wayOut, isPage = false }: ErrorStateProps) {
  const { t } = useTranslation();
  if (error instanceof ApiError && error.status === 404) {
    return (
      <EmptyState
        isPage={isPage}
        icon={<SearchX />}
        title={t("ui.notFound")}
        text={t("ui.notFoundText")}
        action={wayOut}
      />
    );
  }
  const Title = isPage ? "h1" : "p";
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  return (
    <div role="alert" className={classNames(styles.state, styles.failed)}>
      <span className={styles.icon} aria-hidden="true">
        <CircleAlert />
      </span>
      <Title className={styles.title}>{t("ui.failed")}</Title>
      <p className={styles.text}>{error.message}</p>
      {requestId ? <p className={`${styles.request} mono`}>{t("ui.requestId", { id: requestId })}</p> : null}
      <div className={styles.buttons}>
        {onRetry ? <Button onPress={onRetry}>{t("ui.retry")}</Button> : null}
        {wayOut}
      </div>
    </div>
  );
}

/** A block in the shape of what is to come; it shows only after 150 ms, so that quick answers do not flicker. */
export function Skeleton({ className, style }: { className?: string | undefined; style?: CSSProperties }) {
  return <div aria-hidden="true" className={classNames(styles.skeleton, className)} style={style} />;
}

export type BadgeTone = "neutral" | "accent" | "ok" | "warn" | "danger";

export function Badge({ tone = "neutral", children }: { tone?: BadgeTone; children: ReactNode }) {
  return <span className={classNames(styles.badge, tone !== "neutral" && styles[tone])}>{children}</span>;
}
