import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { EmailForm, PasswordForm } from "./AuthForms";
import { AuthFrame } from "./AuthFrame";
import { askForReset, meQuery, setPassword, verifyEmail } from "./api";
import { type AuthStep, FORM } from "./model";

/** Where somebody who has forgotten the password asks for a link. */
export function RecoverPage() {
  const { t } = useTranslation();
  const request = useMutation({ mutationFn: askForReset });
  const step = request.data;
  if (step?.step === "in") {
    // The same words whether or not the address has an account.
    return (
      <AuthFrame title={t("auth.recoverSentTitle")} notice={t("auth.recoverSent")}>
        <ToLogin />
      </AuthFrame>
    );
  }
  return (
    <AuthFrame
      title={t("auth.recoverTitle")}
      notice={t("auth.recoverText")}
      error={request.error?.message ?? (step?.step === "limited" ? t("auth.rateLimited") : undefined)}
      foot={<ToLogin />}
    >
      <EmailForm
        action={t("auth.recoverSend")}
        fields={fieldsOf(step)}
        isPending={request.isPending}
        onSubmit={(email) => request.mutate(email)}
      />
    </AuthFrame>
  );
}

/** Where the link of that message leads: a new password. */
export function NewPasswordPage() {
  const { t } = useTranslation();
  const { key } = useParams({ from: "/login/recover/$key" });
  const change = useMutation({ mutationFn: (password: string) => setPassword(key, password) });
  const step = change.data;
  if (step?.step === "in" || step?.step === "login" || step?.step === "mfa") {
    return (
      <AuthFrame title={t("auth.passwordSetTitle")} notice={t("auth.passwordSet")}>
        <ToLogin />
      </AuthFrame>
    );
  }
  const fields = fieldsOf(step);
  if (fields.key) return <LinkIsOver />;
  const error = step?.step === "limited" ? t("auth.rateLimited") : fields[FORM]?.join(" ");
  return (
    <AuthFrame title={t("auth.newPasswordTitle")} error={change.error?.message ?? error} foot={<ToLogin />}>
      <PasswordForm
        action={t("auth.passwordSave")}
        fields={fields}
        isPending={change.isPending}
        onSubmit={(password) => change.mutate(password)}
      />
    </AuthFrame>
  );
}

/** Where the link of the message after a sign-up leads: the address is proven. */
export function VerifyEmailPage() {
  const { t } = useTranslation();
  const { key } = useParams({ from: "/verify-email/$key" });
  const queryClient = useQueryClient();
  const proof = useQuery({
    queryKey: ["auth", "verify", key],
    queryFn: () => verifyEmail(key),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const isIn = proof.data?.step === "in";
  useEffect(() => {
    if (isIn) void queryClient.invalidateQueries({ queryKey: meQuery.queryKey });
  }, [isIn, queryClient]);
  if (proof.isPending) {
    return (
      <AuthFrame title={t("auth.verifyTitle")}>
        <p role="status">{t("ui.loading")}</p>
      </AuthFrame>
    );
  }
  if (proof.error) {
    return (
      <AuthFrame title={t("auth.verifyTitle")} error={proof.error.message}>
        <ToLogin />
      </AuthFrame>
    );
  }
  if (isIn || proof.data.step === "login" || proof.data.step === "mfa") {
    return (
      <AuthFrame title={t("auth.verifiedTitle")} notice={t("auth.verified")}>
        {isIn ? <Link to="/">{t("app.home")}</Link> : <ToLogin />}
      </AuthFrame>
    );
  }
  return <LinkIsOver />;
}

function LinkIsOver() {
  const { t } = useTranslation();
  return (
    <AuthFrame title={t("auth.overTitle")} error={t("auth.over")} foot={<ToLogin />}>
      <Link to="/login/recover">{t("auth.recoverTitle")}</Link>
    </AuthFrame>
  );
}

function ToLogin() {
  const { t } = useTranslation();
  return (
    <Link to="/login" search={{ next: undefined }}>
      {t("auth.back")}
    </Link>
  );
}

function fieldsOf(step: AuthStep | undefined): Readonly<Record<string, readonly string[]>> {
  return step?.step === "refused" ? step.fields : {};
}
