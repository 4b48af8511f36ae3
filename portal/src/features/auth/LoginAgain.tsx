import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Me } from "@/api/types";
import { Dialog } from "@/ui";
import { CodeForm, CredentialsForm } from "./AuthForms";
import styles from "./AuthPage.module.css";
import { authenticate, login, meQuery } from "./api";
import { useLogin } from "./LoginPage";

interface LoginAgainProps {
  /** Who was logged in. */
  me: Me;
  isOpen: boolean;
  onBack: () => void;
  onClose: () => void;
}

/** Stands over a page whose session has ended: what was written there stays, and goes on after the log-in. */
export function LoginAgain({ isOpen, onClose, ...form }: LoginAgainProps) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("auth.endedTitle")} isOpen={isOpen} onClose={onClose}>
      <LoginForm {...form} />
    </Dialog>
  );
}

function LoginForm({ me, onBack }: Pick<LoginAgainProps, "me" | "onBack">) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { question, attempt, error, fields } = useLogin(async () => {
    const now = await queryClient.fetchQuery({ ...meQuery, staleTime: 0 });
    // Nobody else finds what stands on this page.
    if (now.id === me.id) onBack();
    else location.reload();
  });
  const { isPending } = attempt;
  const wrong = error ? (
    <p role="alert" className={styles.error}>
      {error}
    </p>
  ) : null;
  if (question === "mfa") {
    return (
      <>
        <p>{t("auth.mfaText")}</p>
        {wrong}
        <CodeForm isPending={isPending} onSubmit={(code) => attempt.mutate(() => authenticate(code))} />
      </>
    );
  }
  return (
    <>
      <p>{t("auth.endedText")}</p>
      {wrong}
      <CredentialsForm
        action={t("auth.login")}
        isNew={false}
        known={me.email}
        fields={fields}
        isPending={isPending}
        onSubmit={(email, password) => attempt.mutate(() => login(email, password))}
      />
    </>
  );
}
