import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { usePageTitle } from "@/ui";
import styles from "./AuthPage.module.css";

interface AuthFrameProps {
  title: string;
  notice?: string | undefined;
  error?: string | undefined;
  foot?: ReactNode;
  children: ReactNode;
}

/** The page around every step of logging in. */
export function AuthFrame({ title, notice, error, foot, children }: AuthFrameProps) {
  const { t } = useTranslation();
  usePageTitle(title);
  return (
    <main className={styles.page}>
      <div className={styles.column}>
        <div className={styles.brand}>
          <img src="/icon.svg" alt="" />
          <p>{t("auth.tagline")}</p>
        </div>
        <section className={styles.card}>
          <h1>{title}</h1>
          {notice ? <p className={styles.notice}>{notice}</p> : null}
          {error ? (
            <p role="alert" className={styles.error}>
              {error}
            </p>
          ) : null}
          {children}
        </section>
        {foot ? <p className={styles.foot}>{foot}</p> : null}
      </div>
    </main>
  );
}
