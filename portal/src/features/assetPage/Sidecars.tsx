import { queryOptions, useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api, body } from "@/api/client";
import { everyPage } from "@/api/paging";
import type { Sidecar } from "@/api/types";
import { ErrorState, formatBytes } from "@/ui";
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

/** The files that stand beside a version: subtitles, edit lists, looks. */
export function Sidecars({ version, mayDownload }: { version: string; mayDownload: boolean }) {
  const { t } = useTranslation();
  const sidecars = useQuery(sidecarsQuery(version));
  if (sidecars.isError) return <ErrorState error={sidecars.error} onRetry={() => void sidecars.refetch()} />;
  if (!sidecars.data || sidecars.data.length === 0) return null;
  return (
    <section aria-label={t("sidecars.title")}>
      <h2 className={styles.sectionTitle}>{t("sidecars.title")}</h2>
      <ul className={styles.stack}>
        {sidecars.data.map(({ id, name, kind, size }) => (
          <li key={id} className={styles.sidecar}>
            <span>
              {name}
              <small>
                {kind.toUpperCase()} · {formatBytes(size)}
              </small>
            </span>
            {mayDownload ? (
              <a href={`/api/sidecars/${id}/download`} download aria-label={t("sidecars.download", { name })}>
                <Download aria-hidden="true" />
              </a>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
