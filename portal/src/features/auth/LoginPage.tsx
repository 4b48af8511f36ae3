import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CodeForm, CredentialsForm } from "./AuthForms";
import { AuthFrame } from "./AuthFrame";
import { authConfigQuery, authenticate, login, meQuery, signup } from "./api";
import { type AuthStep, FORM, invitedAddress, safeTarget } from "./model";

type Question = "credentials" | "mfa" | "verify-email";

/** Runs the log-in or sign-up: what is asked, what was answered, and where to go once in. */
function useAuthSteps(
  onWrong: (step: AuthStep, question: Question) => string | undefined,
  onIn?: () => Promise<void>,
) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { next } = useSearch({ strict: false });
  const [question, setQuestion] = useState<Question>("credentials");
  const attempt = useMutation({
    mutationFn: (act: () => Promise<AuthStep>) => act(),
    onSuccess: async (step) => {
      if (step.step === "mfa" || step.step === "verify-email") setQuestion(step.step);
      if (step.step !== "in") return;
      if (onIn) return onIn();
      await queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
      await navigate({ href: safeTarget(next), replace: true });
    },
  });
  const error = attempt.error?.message ?? (attempt.data && onWrong(attempt.data, question));
  const fields = attempt.data?.step === "refused" ? attempt.data.fields : {};
  const restart = (): void => {
    attempt.reset();
    setQuestion("credentials");
  };
  return { question, attempt, error, fields, restart, next };
}

/** Runs a log-in; where it leads somewhere else than to a page, `onIn` says where. */
export function useLogin(onIn?: () => Promise<void>) {
  const { t } = useTranslation();
  return useAuthSteps((step, asked) => {
    switch (step.step) {
      case "in":
      case "mfa":
      case "verify-email":
        return undefined;
      case "limited":
        return t("auth.rateLimited");
      case "closed":
        return t("auth.signupClosed");
      case "login":
        return t("auth.wrongPassword");
      case "refused":
        return asked === "mfa"
          ? t("auth.wrongCode")
          : step.fields[FORM]
            ? t("auth.wrongPassword")
            : undefined;
    }
  }, onIn);
}

export function LoginPage() {
  const { t } = useTranslation();
  const config = useQuery(authConfigQuery);
  const { question, attempt, error, fields, restart, next } = useLogin();
  if (question === "verify-email") return <VerifyEmail onBack={restart} />;
  if (question === "mfa") {
    return (
      <AuthFrame title={t("auth.mfaTitle")} notice={t("auth.mfaText")} error={error}>
        <CodeForm
          isPending={attempt.isPending}
          onSubmit={(code) => attempt.mutate(() => authenticate(code))}
        />
      </AuthFrame>
    );
  }
  return (
    <AuthFrame
      title={t("auth.loginTitle")}
      notice={next && next !== "/" ? t("auth.ended") : undefined}
      error={error}
      foot={
        <>
          <Link to="/login/recover">{t("auth.forgotten")}</Link>
          {config.data?.isOpenForSignup ? (
            <>
              <br />
              {t("auth.noAccount")}{" "}
              <Link to="/signup" search={{ next }}>
                {t("auth.signup")}
              </Link>
            </>
          ) : null}
        </>
      }
    >
      <CredentialsForm
        action={t("auth.login")}
        isNew={false}
        fields={fields}
        isPending={attempt.isPending}
        onSubmit={(email, password) => attempt.mutate(() => login(email, password))}
      />
    </AuthFrame>
  );
}

export function SignupPage() {
  const { t } = useTranslation();
  const { invitation } = useSearch({ from: "/signup" });
  const { question, attempt, error, fields, restart, next } = useAuthSteps((step) => {
    switch (step.step) {
      case "in":
      case "mfa":
      case "verify-email":
      case "login":
        return undefined;
      case "limited":
        return t("auth.rateLimited");
      case "closed":
        return t("auth.signupClosed");
      case "refused":
        return step.fields[FORM]?.join(" ");
    }
  });
  if (question === "verify-email") return <VerifyEmail onBack={restart} />;
  return (
    <AuthFrame
      title={t("auth.signupTitle")}
      notice={invitation ? t("auth.invited") : undefined}
      error={error}
      foot={
        <>
          {t("auth.haveAccount")}{" "}
          <Link to="/login" search={{ next }}>
            {t("auth.login")}
          </Link>
        </>
      }
    >
      <CredentialsForm
        action={t("auth.signup")}
        isNew
        known={invitedAddress(invitation)}
        fields={fields}
        isPending={attempt.isPending}
        onSubmit={(email, password) => attempt.mutate(() => signup(email, password, invitation))}
      />
    </AuthFrame>
  );
}

function VerifyEmail({ onBack }: { onBack: () => void }) {
  const { t } = useTranslation();
  return (
    <AuthFrame title={t("auth.verifyTitle")} notice={t("auth.verifyText")}>
      <Link to="/login" onClick={onBack}>
        {t("auth.back")}
      </Link>
    </AuthFrame>
  );
}
