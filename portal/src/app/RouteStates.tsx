import { useQueryErrorResetBoundary } from "@tanstack/react-query";
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { buttonClass, EmptyState, ErrorState, Skeleton } from "@/ui";
import styles from "./Shell.module.css";

function HomeLink() {
  const { t } = useTranslation();
  return (
    <Link to="/" className={buttonClass()}>
      {t("app.home")}
    </Link>
  );
}

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <main className={styles.center}>
      <EmptyState
        icon={<SearchX />}
        title={t("ui.notFound")}
        text={t("ui.notFoundText")}
        action={<HomeLink />}
      />
    </main>
  );
}

export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const queries = useQueryErrorResetBoundary();
  const retry = (): void => {
    queries.reset();
    reset();
    void router.invalidate();
  };
  return (
    <main className={styles.center}>
      <ErrorState
        error={error instanceof Error ? error : new Error(String(error))}
        onRetry={retry}
        wayOut={<HomeLink />}
      />
    </main>
  );
}

export function RoutePending() {
  const { t } = useTranslation();
  return (
    <main className={styles.pending} aria-busy="true" aria-label={t("ui.loading")}>
      <Skeleton className={styles.pendingHead} />
      <Skeleton className={styles.pendingBody} />
    </main>
  );
}
