import { useMutation, useQueries, useQueryClient } from "@tanstack/react-query";
import { Flame } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import { assetsKey } from "@/api/keys";
import type { Job } from "@/api/types";
import { followJob } from "@/features/bulk";
import { Actions, Button, Dialog, ErrorState, formatBytes, formatDate, notifyError, Skeleton } from "@/ui";
import { formatMoney, sumOf } from "./model";
import styles from "./Trash.module.css";

/** So many are asked about and deleted one by one. */
const MOST = 50;

const costQuery = (id: string) => ({
  queryKey: ["delete-cost", id] as const,
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    body(api.GET("/api/assets/{id}/delete-cost", { params: { path: { id } }, signal })),
});

async function purge(id: string): Promise<Job> {
  const job = await body(
    api.DELETE("/api/assets/{id}", { params: { path: { id }, query: { purge: true } } }),
  );
  return job as Job;
}

interface PurgeButtonProps {
  project: string;
  assets: readonly string[];
  onDone: () => void;
}

/** Deletes assets out of the trash for ever, after showing what that costs. */
export function PurgeButton(props: PurgeButtonProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const count = props.assets.length;
  return (
    <>
      <Button look="danger" onPress={() => setOpen(true)}>
        <Flame />
        {t("trash.purge")}
      </Button>
      <Dialog
        role="alertdialog"
        title={t("trash.purgeTitle", { count })}
        isOpen={isOpen}
        onClose={() => setOpen(false)}
      >
        {count > MOST ? (
          <TooMany onClose={() => setOpen(false)} />
        ) : (
          <PurgeForm {...props} onClose={() => setOpen(false)} />
        )}
      </Dialog>
    </>
  );
}

function TooMany({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <p>{t("trash.tooMany", { count: MOST })}</p>
      <Actions>
        <Button onPress={onClose} autoFocus>
          {t("ui.close")}
        </Button>
      </Actions>
    </>
  );
}

function PurgeForm({ project, assets, onDone, onClose }: PurgeButtonProps & { onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const costs = useQueries({ queries: assets.map(costQuery) });
  const purging = useMutation({
    mutationFn: async () => {
      for (const id of assets)
        followJob({ job: await purge(id), project, mayUndo: false, success: t("trash.purged") });
    },
    onSuccess: () => {
      onClose();
      onDone();
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
    onSettled: () => queryClient.invalidateQueries({ queryKey: assetsKey(project) }),
  });
  const failed = costs.find(({ isError }) => isError);
  if (failed?.error) return <ErrorState error={failed.error} onRetry={() => void failed.refetch()} />;
  const known = costs.flatMap(({ data }) => data ?? []);
  if (known.length < costs.length) return <Skeleton className={styles.skeleton} />;
  const sum = sumOf(known);
  return (
    <>
      <p>{t("trash.purgeText")}</p>
      <dl className={styles.costs}>
        <dt>{t("trash.frees")}</dt>
        <dd>{formatBytes(sum.bytes)}</dd>
        <dt>{t("trash.costs")}</dt>
        <dd>
          {sum.now.length === 0
            ? t("trash.nothing")
            : sum.now.map(({ amount, currency }) => formatMoney(amount, currency)).join(" + ")}
        </dd>
        {sum.freeFrom ? (
          <>
            <dt>{t("trash.freeFrom")}</dt>
            <dd>{formatDate(sum.freeFrom)}</dd>
          </>
        ) : null}
      </dl>
      {sum.held > 0 ? <p className={styles.held}>{t("trash.held", { count: sum.held })}</p> : null}
      <Actions>
        <Button onPress={onClose} autoFocus>
          {t("ui.cancel")}
        </Button>
        <Button
          look="danger"
          isDisabled={sum.held > 0}
          isPending={purging.isPending}
          onPress={() => purging.mutate()}
        >
          {t("trash.purge")}
        </Button>
      </Actions>
    </>
  );
}
