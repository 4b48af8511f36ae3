import { keepPreviousData, queryOptions, useMutation, useQuery } from "@tanstack/react-query";
import { SearchX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import type { Asset } from "@/api/types";
import { Thumbnail } from "@/features/thumbnail";
import {
  Actions,
  Button,
  Dialog,
  EmptyState,
  ErrorState,
  formatAgo,
  notify,
  notifyError,
  SearchField,
  Skeleton,
} from "@/ui";
import styles from "./AssetPage.module.css";
import { attachAsset, type HeldAsset } from "./queries";
import { useStackRefresh } from "./useStackRefresh";

const MOST = 30;

const candidatesQuery = (project: string, q: string) =>
  queryOptions({
    queryKey: ["assets", project, "candidates", q] as const,
    queryFn: ({ signal }) =>
      body(
        api.GET("/api/assets", {
          params: { query: { project, limit: MOST, include: "thumbnail", ...(q && { q }) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

interface AttachDialogProps {
  asset: HeldAsset;
  isOpen: boolean;
  onClose: () => void;
}

/** Chooses another asset of the project whose versions go on top of this one's. */
export function AttachDialog({ asset, isOpen, onClose }: AttachDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog wide title={t("stack.attachTitle", { title: asset.title })} isOpen={isOpen} onClose={onClose}>
      <Picker asset={asset} onClose={onClose} />
    </Dialog>
  );
}

function Picker({ asset, onClose }: Omit<AttachDialogProps, "isOpen">) {
  const { t } = useTranslation();
  const [q, setQ] = useState("");
  const [chosen, setChosen] = useState<Asset | null>(null);
  const refresh = useStackRefresh(asset);
  const candidates = useQuery(candidatesQuery(asset.project, q));
  const attachment = useMutation({
    mutationFn: (other: Asset) => attachAsset(asset.id, other.id),
    onSuccess: async (_answer, other) => {
      notify(t("stack.attached", { title: other.title }));
      onClose();
      await refresh();
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
  const rows = (candidates.data?.results ?? []).filter(({ id }) => id !== asset.id);
  return (
    <>
      <p className={styles.hint}>{t("stack.attachHint")}</p>
      <SearchField label={t("stack.find")} value={q} onChange={setQ} />
      {candidates.isPending ? <Skeleton className={styles.fieldSkeleton} /> : null}
      {candidates.isError ? (
        <ErrorState error={candidates.error} onRetry={() => void candidates.refetch()} />
      ) : null}
      {candidates.isSuccess && rows.length === 0 ? (
        <EmptyState icon={<SearchX />} text={t("stack.noCandidate")} />
      ) : null}
      <fieldset className={styles.candidates}>
        <legend className="visually-hidden">{t("stack.find")}</legend>
        {rows.map((row) => (
          <button
            key={row.id}
            type="button"
            aria-pressed={row.id === chosen?.id}
            className={styles.candidate}
            onClick={() => setChosen(row)}
          >
            <Thumbnail asset={row} className={styles.candidatePicture} />
            <span>
              {row.title}
              <small>
                {t("assets.versions", { count: row.version_count })} · {formatAgo(row.created_at)}
              </small>
            </span>
          </button>
        ))}
      </fieldset>
      <Actions>
        <Button onPress={onClose}>{t("ui.cancel")}</Button>
        <Button
          look="primary"
          isDisabled={chosen === null}
          isPending={attachment.isPending}
          onPress={() => chosen && attachment.mutate(chosen)}
        >
          {t("stack.attachDo")}
        </Button>
      </Actions>
    </>
  );
}
