import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Form, TextField } from "@/ui";

interface CredentialsFormProps {
  action: string;
  isPending: boolean;
  isNew: boolean;
  fields: Readonly<Record<string, readonly string[]>>;
  onSubmit: (email: string, password: string) => void;
}

/** E-mail and password, for logging in and for signing up. */
export function CredentialsForm({ action, isPending, isNew, fields, onSubmit }: CredentialsFormProps) {
  const { t } = useTranslation();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  return (
    <AuthForm action={action} isPending={isPending} onSubmit={() => onSubmit(email.trim(), password)}>
      <TextField
        label={t("auth.email")}
        type="email"
        name="email"
        autoComplete="username"
        value={email}
        onChange={setEmail}
        errors={fields.email}
        isRequired
        autoFocus
      />
      <TextField
        label={t("auth.password")}
        type="password"
        name="password"
        autoComplete={isNew ? "new-password" : "current-password"}
        value={password}
        onChange={setPassword}
        errors={fields.password}
        {...(isNew && { description: t("auth.passwordHint") })}
        isRequired
      />
    </AuthForm>
  );
}

interface OneFieldProps {
  action: string;
  isPending: boolean;
  fields: Readonly<Record<string, readonly string[]>>;
  onSubmit: (value: string) => void;
}

/** The address of somebody who has forgotten the password. */
export function EmailForm({ action, isPending, fields, onSubmit }: OneFieldProps) {
  const { t } = useTranslation();
  const [email, setEmail] = useState("");
  return (
    <AuthForm action={action} isPending={isPending} onSubmit={() => onSubmit(email.trim())}>
      <TextField
        label={t("auth.email")}
        type="email"
        name="email"
        autoComplete="username"
        value={email}
        onChange={setEmail}
        errors={fields.email}
        isRequired
        autoFocus
      />
    </AuthForm>
  );
}

/** A new password. */
export function PasswordForm({ action, isPending, fields, onSubmit }: OneFieldProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  return (
    <AuthForm action={action} isPending={isPending} onSubmit={() => onSubmit(password)}>
      <TextField
        label={t("auth.newPassword")}
        description={t("auth.passwordHint")}
        type="password"
        name="password"
        autoComplete="new-password"
        value={password}
        onChange={setPassword}
        errors={fields.password}
        isRequired
        autoFocus
      />
    </AuthForm>
  );
}

interface CodeFormProps {
  isPending: boolean;
  onSubmit: (code: string) => void;
}

/** The second factor; six pasted digits are sent at once. */
export function CodeForm({ isPending, onSubmit }: CodeFormProps) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const change = (value: string): void => {
    setCode(value);
    if (/^\d{6}$/.test(value.trim())) onSubmit(value.trim());
  };
  return (
    <AuthForm action={t("auth.continue")} isPending={isPending} onSubmit={() => onSubmit(code.trim())}>
      <TextField
        label={t("auth.code")}
        name="code"
        autoComplete="one-time-code"
        inputMode="numeric"
        value={code}
        onChange={change}
        isRequired
        autoFocus
      />
    </AuthForm>
  );
}

interface AuthFormProps {
  action: string;
  isPending: boolean;
  onSubmit: () => void;
  children: ReactNode;
}

function AuthForm({ action, isPending, onSubmit, children }: AuthFormProps) {
  return (
    <Form isPending={isPending} onSubmit={onSubmit}>
      {children}
      <Button type="submit" look="primary" isPending={isPending}>
        {action}
      </Button>
    </Form>
  );
}
