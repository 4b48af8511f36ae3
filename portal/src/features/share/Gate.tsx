import { useMutation, useQueryClient } from "@tanstack/react-query";
import { LockKeyhole } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/errors";
import { Button, Form, TextField } from "@/ui";
import { shareKeys, unlock } from "./queries";
import styles from "./SharePage.module.css";

/** Seconds until another attempt is worth making, counted down. */
function useCountdown(error: Error | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    setLeft(error instanceof ApiError && error.status === 429 ? Math.ceil(error.retryAfter ?? 30) : 0);
  }, [error]);
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  return left;
}

/** The password step of a locked share. */
export function Gate({ token }: { token: string }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [password, setPassword] = useState("");
  const opening = useMutation({
    mutationFn: () => unlock(token, { password }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: shareKeys.view(token) }),
  });
  const seconds = useCountdown(opening.error);
  return (
    <main className={styles.gate}>
      <section className={styles.card}>
        <LockKeyhole aria-hidden="true" />
        <h1>{t("share.locked")}</h1>
        <p className={styles.hint}>{t("share.lockedText")}</p>
        <GateError error={opening.error} seconds={seconds} />
        <Form isPending={opening.isPending} onSubmit={() => opening.mutate()}>
          <TextField
            label={t("share.password")}
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={setPassword}
            isRequired
            autoFocus
          />
          <Button type="submit" look="primary" isPending={opening.isPending} isDisabled={seconds > 0}>
            {t("share.open")}
          </Button>
        </Form>
      </section>
    </main>
  );
}

function GateError({ error, seconds }: { error: Error | null; seconds: number }) {
  const { t } = useTranslation();
  if (!error) return null;
  const isWrong = error instanceof ApiError && error.status === 403;
  const isTooMany = error instanceof ApiError && error.status === 429;
  if (isTooMany && seconds === 0) return null;
  return (
    <p role="alert" className={styles.error}>
      {isWrong ? t("share.wrongPassword") : isTooMany ? t("share.tooMany", { seconds }) : error.message}
    </p>
  );
}
