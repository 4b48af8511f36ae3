import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Form, TextField } from "@/ui";

interface BoxProps {
  value: string;
  onChange: (value: string) => void;
  errors: readonly string[] | undefined;
  autoFocus?: boolean;
}

function EmailField(props: BoxProps) {
  const { t } = useTranslation();
  return (
    <TextField
      {...props}
      label={t("auth.email")}
      type="email"
      name="email"
      autoComplete="username"
      isRequired
    />
  );
}

/** A password that is known, or one that is chosen now. */
function PasswordField({ isNew, label, ...props }: BoxProps & { isNew: boolean; label?: string }) {
  const { t } = useTranslation();
  return (
    <TextField
      {...props}
      label={label ?? t("auth.password")}
      type="password"
      name="password"
      autoComplete={isNew ? "new-password" : "current-password"}
      {...(isNew && { description: t("auth.passwordHint") })}
      isRequired
    />
  );
}

interface FormProps {
  action: string;
  isPending: boolean;
  /** What the server said, by field. */
  fields: Readonly<Record<string, readonly string[]>>;
}

interface CredentialsFormProps extends FormProps {
  isNew: boolean;
  /** Who it is, where that is known. */
  known?: string;
  onSubmit: (email: string, password: string) => void;
}

/** E-mail and password, for logging in and for signing up. */
export function CredentialsForm({ isNew, known = "", fields, onSubmit, ...form }: CredentialsFormProps) {
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState("");
  return (
    <AuthForm {...form} onSubmit={() => onSubmit(email.trim(), password)}>
      <EmailField value={email} onChange={setEmail} errors={fields.email} autoFocus={known === ""} />
      <PasswordField
        value={password}
        onChange={setPassword}
        errors={fields.password}
        isNew={isNew}
        autoFocus={known !== ""}
      />
    </AuthForm>
  );
}

interface OneFieldProps extends FormProps {
  onSubmit: (value: string) => void;
}

/** The address of somebody who has forgotten the password. */
export function EmailForm({ fields, onSubmit, ...form }: OneFieldProps) {
  const [email, setEmail] = useState("");
  return (
    <AuthForm {...form} onSubmit={() => onSubmit(email.trim())}>
      <EmailField value={email} onChange={setEmail} errors={fields.email} autoFocus />
    </AuthForm>
  );
}

/** A new password. */
export function PasswordForm({ fields, onSubmit, ...form }: OneFieldProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  return (
    <AuthForm {...form} onSubmit={() => onSubmit(password)}>
      <PasswordField
        isNew
        label={t("auth.newPassword")}
        value={password}
        onChange={setPassword}
        errors={fields.password}
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
