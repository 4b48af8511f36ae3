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

/** Where no page is: it has no frame around it. */
export function NotFoundPage() {
  return (
    <main className={styles.alone}>
      <NothingHere />
    </main>
  );
}

/** The same inside the frame of a page. */
export function NothingHere() {
  const { t } = useTranslation();
  return (
    <div className={styles.center}>
      <EmptyState
        isPage
        icon={<SearchX />}
        title={t("ui.notFound")}
        text={t("ui.notFoundText")}
        action={<HomeLink />}
      />
    </div>
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
    <div className={styles.center}>
      <ErrorState
        isPage
        error={error instanceof Error ? error : new Error(String(error))}
        onRetry={retry}
        wayOut={<HomeLink />}
      />
    </div>
  );
}

export function RoutePending() {
  const { t } = useTranslation();
  return (
    <div role="status" className={styles.pending} aria-busy="true" aria-label={t("ui.loading")}>
      <Skeleton className={styles.pendingHead} />
      <Skeleton className={styles.pendingBody} />
    </div>
  );
}
