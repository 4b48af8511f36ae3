import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Download, Plus, X } from "lucide-react";
import { useState } from "react";
import { FileTrigger } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import { everyPage } from "@/api/paging";
import type { Asset, Sidecar } from "@/api/types";
import { sendFile } from "@/features/upload";
import {
  Button,
  ConfirmDialog,
  ErrorState,
  formatBytes,
  formatDate,
  IconButton,
  notify,
  notifyError,
} from "@/ui";
import styles from "./AssetPage.module.css";

const sidecarsQuery = (version: string) =>
  queryOptions({
    queryKey: ["sidecars", version] as const,
    queryFn: ({ signal }): Promise<Sidecar[]> =>
      everyPage((cursor) =>
        body(
          api.GET("/api/versions/{id}/sidecars", {
            params: { path: { id: version }, query: { limit: 500, ...(cursor && { cursor }) } },
            signal,
          }),
        ),
      ),
  });

/** What becomes of the bytes of a sidecar that was taken away: until when they are locked, or that others have them. */
interface Remains {
  readonly isShared: boolean;
  readonly lockedUntil: string | null;
}

/** Takes a sidecar away, and asks the record what became of its bytes. */
async function removeSidecar({ id }: Sidecar, asset: Asset): Promise<Remains | null> {
  await api.DELETE("/api/sidecars/{id}", { params: { path: { id } } });
  const query = { project: asset.project, asset: asset.id, verb: "sidecar.removed", limit: 20 };
  // It is gone, whether or not the record can be read just now.
  const told = await body(api.GET("/api/activities", { params: { query } })).catch(() => null);
  const line = told?.results.find(({ before }) => before?.id === id);
  if (!line) return null;
  const until = line.after?.locked_until;
  return {
    isShared: line.after?.job === undefined,
    lockedUntil: typeof until === "string" && Date.parse(until) > Date.now() ? until : null,
  };
}

interface SidecarsProps {
  asset: Asset;
  version: string;
  mayEdit: boolean;
}

/** The files that stand beside a version: subtitles, edit lists, looks. */
export function Sidecars({ asset, version, mayEdit }: SidecarsProps) {
  const { t } = useTranslation();
  const sidecars = useQuery(sidecarsQuery(version));
  const [doomed, setDoomed] = useState<Sidecar | null>(null);
  if (sidecars.isError) return <ErrorState error={sidecars.error} onRetry={() => void sidecars.refetch()} />;
  if (!sidecars.data || (sidecars.data.length === 0 && !mayEdit)) return null;
  return (
    <section aria-label={t("sidecars.title")}>
      <h2 className={styles.sectionTitle}>{t("sidecars.title")}</h2>
      <ul className={styles.stack}>
        {sidecars.data.map((sidecar) => (
          <li key={sidecar.id} className={styles.sidecar}>
            <span>
              {sidecar.name}
              <small>
                {sidecar.kind.toUpperCase()} · {formatBytes(sidecar.size)}
              </small>
            </span>
            {mayEdit ? (
              <>
                <a
                  href={`/api/sidecars/${sidecar.id}/download`}
                  download
                  aria-label={t("sidecars.download", { name: sidecar.name })}
                >
                  <Download aria-hidden="true" />
                </a>
                <IconButton
                  label={t("sidecars.remove", { name: sidecar.name })}
                  size="small"
                  onPress={() => setDoomed(sidecar)}
                >
                  <X />
                </IconButton>
              </>
            ) : null}
          </li>
        ))}
      </ul>
      {mayEdit ? <Addition asset={asset} version={version} /> : null}
      <Removal asset={asset} version={version} sidecar={doomed} onClose={() => setDoomed(null)} />
    </section>
  );
}

/** What a version takes beside it, by how the names of the files end. */
const ENDINGS = [".srt", ".vtt", ".xml", ".xmp", ".cpl", ".ale", ".cube", ".3dl"];

function Addition({ asset, version }: { asset: Asset; version: string }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const addition = useMutation({
    mutationFn: async (file: File) => {
      const sending = { project: asset.project, signal: new AbortController().signal, onProgress: () => {} };
      const upload = await sendFile(file, sending);
      return body(
        api.POST("/api/versions/{id}/sidecars", { params: { path: { id: version } }, body: { upload } }),
      );
    },
    onSuccess: async ({ name }) => {
      notify(t("sidecars.added", { name }));
      await queryClient.invalidateQueries({ queryKey: sidecarsQuery(version).queryKey });
      await queryClient.invalidateQueries({ queryKey: ["activities"] });
    },
    onError: (error) => notifyError(t("ui.notDone"), error),
  });
  const take = (files: FileList | null): void => {
    const [file] = files ?? [];
    if (file) addition.mutate(file);
  };
  return (
    <FileTrigger acceptedFileTypes={ENDINGS} onSelect={take}>
      <Button size="small" isPending={addition.isPending}>
        <Plus />
        {t("sidecars.add")}
      </Button>
    </FileTrigger>
  );
}

interface RemovalProps {
  asset: Asset;
  version: string;
  sidecar: Sidecar | null;
  onClose: () => void;
}

function Removal({ asset, version, sidecar, onClose }: RemovalProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const removal = useMutation({
    mutationFn: async (gone: Sidecar) => ({ gone, remains: await removeSidecar(gone, asset) }),
    onSuccess: async ({ gone, remains }) => {
      onClose();
      notify(
        [t("sidecars.removed", { name: gone.name }), remains && saidOf(remains)].filter(Boolean).join(" "),
      );
      await queryClient.invalidateQueries({ queryKey: sidecarsQuery(version).queryKey });
      await queryClient.invalidateQueries({ queryKey: ["activities"] });
    },
    onError: (error) => {
      onClose();
      notifyError(t("ui.notDone"), error);
    },
  });
  const saidOf = ({ isShared, lockedUntil }: Remains): string => {
    if (isShared) return t("sidecars.shared");
    return lockedUntil ? t("sidecars.locked", { date: formatDate(lockedUntil) }) : t("sidecars.going");
  };
  return (
    <ConfirmDialog
      title={t("sidecars.remove", { name: sidecar?.name ?? "" })}
      text={t("sidecars.removeAsk")}
      action={t("sidecars.removeDo")}
      isOpen={sidecar !== null}
      isPending={removal.isPending}
      onConfirm={() => sidecar && removal.mutate(sidecar)}
      onClose={onClose}
    />
  );
}
