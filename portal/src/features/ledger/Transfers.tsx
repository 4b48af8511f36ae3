import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ErrorState, formatBytes, Skeleton } from "@/ui";
import styles from "./Ledger.module.css";
import { Numbers } from "./LedgerTables";
import { type DayRange, formatDay } from "./model";
import { transfersQuery } from "./queries";

const MONTH = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "long", timeZone: "UTC" });

interface TransfersProps {
  organization: string;
  by: "day" | "month";
  range: DayRange;
}

/** What went in and out of an organisation. */
export function Transfers({ organization, by, range }: TransfersProps) {
  const { t } = useTranslation();
  const transfers = useQuery(transfersQuery(organization, by, range));
  const some = (count: number, bytes: number): string =>
    count === 0 ? "—" : `${count} · ${formatBytes(bytes)}`;
  const columns = [
    t("transfers.uploads"),
    t("transfers.downloads"),
    t("transfers.egress"),
    t("transfers.purges"),
  ];
  const rows = transfers.data ? [...transfers.data.periods, { ...transfers.data.total, period: null }] : [];
  return (
    <div className={styles.transfers}>
      <h2>{t("transfers.title")}</h2>
      {transfers.isPending ? <Skeleton className={styles.rows} /> : null}
      {transfers.isError ? (
        <ErrorState error={transfers.error} onRetry={() => void transfers.refetch()} />
      ) : null}
      {transfers.data?.periods.length === 0 ? <p className={styles.cut}>{t("transfers.empty")}</p> : null}
      {rows.length > 1 ? (
        <Numbers caption={t("transfers.title")} title={t(`transfers.by.${by}`)} columns={columns}>
          <tbody>
            {rows.map((row) => (
              <tr key={row.period ?? "total"} data-total={row.period === null || undefined}>
                <th scope="row">
                  {row.period === null
                    ? t("ledger.all")
                    : by === "month"
                      ? MONTH.format(Date.parse(row.period))
                      : formatDay(row.period)}
                </th>
                <td>{some(row.uploads, row.uploaded_bytes)}</td>
                <td>{some(row.downloads, row.downloaded_bytes)}</td>
                <td>
                  {row.egress_requests === null ? "—" : some(row.egress_requests, row.egress_bytes ?? 0)}
                </td>
                <td>{some(row.purges, row.purged_bytes)}</td>
              </tr>
            ))}
          </tbody>
        </Numbers>
      ) : null}
    </div>
  );
}
