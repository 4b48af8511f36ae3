import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldErrors } from "@/api/errors";
import type { Token, TokenCreated } from "@/api/types";
import {
  Actions,
  Badge,
  Button,
  ConfirmDialog,
  CopyField,
  Dialog,
  EmptyState,
  ErrorState,
  Form,
  formatDate,
  notify,
  notifyError,
  Row,
  Rows,
  Select,
  Skeleton,
  TextField,
} from "@/ui";
import { LIVES, NEW_TOKEN, requestOf, type TokenDraft } from "./model";
import { createToken, revokeToken, tokensQuery } from "./queries";
import styles from "./Tokens.module.css";

/** One's own API tokens: made here and shown once, and taken back. */
export function TokensDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("tokens.title")} isOpen={isOpen} onClose={onClose} wide>
      <NewToken />
      <Tokens />
    </Dialog>
  );
}

function NewToken() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState(NEW_TOKEN);
  const set = (change: Partial<TokenDraft>): void => setDraft((before) => ({ ...before, ...change }));
  const creation = useMutation({
    mutationFn: () => createToken(requestOf(draft, Date.now())),
    onSuccess: async () => {
      setDraft(NEW_TOKEN);
      await queryClient.invalidateQueries({ queryKey: tokensQuery.queryKey });
    },
    onError: (error) => {
      if (!fieldErrors(error, "name")) notifyError(t("ui.notDone"), error);
    },
  });
  if (creation.data) return <TokenReady token={creation.data} onDone={creation.reset} />;
  return (
    <div className={styles.add}>
      <p className={styles.hint}>{t("tokens.for")}</p>
      <Form isPending={creation.isPending} onSubmit={() => creation.mutate()}>
        <TextField
          label={t("tokens.name")}
          placeholder={t("tokens.namePlaceholder")}
          value={draft.name}
          onChange={(name) => set({ name })}
          errors={fieldErrors(creation.error, "name")}
          maxLength={200}
          isRequired
          autoFocus
        />
        <Select
          label={t("tokens.scope")}
          options={(["read", "write"] as const).map((scope) => ({
            value: scope,
            label: t(`tokens.may.${scope}`),
          }))}
          value={draft.scope}
          onChange={(scope) => set({ scope })}
        />
        <Select
          label={t("tokens.life")}
          options={LIVES.map((life) => ({ value: life, label: t(`tokens.lives.${life}`) }))}
          value={draft.life}
          onChange={(life) => set({ life })}
        />
        <Button type="submit" look="primary" isPending={creation.isPending}>
          {t("tokens.create")}
        </Button>
      </Form>
    </div>
  );
}

function TokenReady({ token, onDone }: { token: TokenCreated; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <div className={styles.ready} data-once>
      <div role="status">
        <h3>{t("tokens.ready", { name: token.name })}</h3>
        <p className={styles.hint}>{t("tokens.readyText")}</p>
      </div>
      <CopyField label={t("tokens.token")} value={token.token} />
      <Actions>
        <Button onPress={onDone}>{t("tokens.done")}</Button>
      </Actions>
    </div>
  );
}

function Tokens() {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const tokens = useQuery(tokensQuery);
  const [asked, setAsked] = useState<Token | null>(null);
  const revocation = useMutation({
    mutationFn: revokeToken,
    onSuccess: async () => {
      setAsked(null);
      notify(t("tokens.revoked"));
      await queryClient.invalidateQueries({ queryKey: tokensQuery.queryKey });
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
  if (tokens.isPending) return <Skeleton className={styles.skeleton} />;
  if (tokens.isError) return <ErrorState error={tokens.error} onRetry={() => void tokens.refetch()} />;
  if (tokens.data.length === 0) return <EmptyState icon={<KeyRound />} text={t("tokens.empty")} />;
  return (
    <>
      <Rows>
        {tokens.data.map((token) => (
          <TokenRow key={token.id} token={token} onRevoke={() => setAsked(token)} />
        ))}
      </Rows>
      <ConfirmDialog
        title={t("tokens.revoke")}
        text={t("tokens.revokeAsk")}
        action={t("tokens.revoke")}
        isOpen={asked !== null}
        isPending={revocation.isPending}
        onConfirm={() => asked && revocation.mutate(asked)}
        onClose={() => setAsked(null)}
      />
    </>
  );
}

function TokenRow({ token, onRevoke }: { token: Token; onRevoke: () => void }) {
  const { t } = useTranslation();
  const name = token.name || t("tokens.untitled");
  const isOver = token.expires_at !== null && Date.parse(token.expires_at) <= Date.now();
  return (
    <Row
      name={name}
      facts={
        <>
          <Badge tone={token.scope === "write" ? "warn" : "ok"}>{t(`tokens.may.${token.scope}`)}</Badge>
          {token.project ? <Badge>{t("tokens.oneProject")}</Badge> : null}
          {isOver ? <Badge tone="danger">{t("tokens.over")}</Badge> : null}
          <span>
            {t("tokens.created", { date: formatDate(token.created_at) })}
            {token.expires_at ? `, ${t("tokens.until", { date: formatDate(token.expires_at) })}` : null}
          </span>
        </>
      }
    >
      <Button look="danger" size="small" aria-label={t("tokens.revokeOf", { name })} onPress={onRevoke}>
        {t("tokens.revoke")}
      </Button>
    </Row>
  );
}
