import { useTranslation } from "react-i18next";
import type { HandedOver } from "@/features/bulk";
import { buttonClass, formatDateTime } from "@/ui";
import styles from "./Imports.module.css";
import type { ImportReport } from "./model";

interface ReportProps {
  report: ImportReport;
  /** Whether nothing has been written yet. */
  isTrial: boolean;
  /** The table of every error, where there are more than are listed. */
  file: ErrorFile | null;
}

interface ErrorFile extends HandedOver {
  readonly address: string;
}

/** What an import would do or has done: numbers, rows that it cannot take, and values before and after. */
export function Report({ report, isTrial, file }: ReportProps) {
  const { t } = useTranslation();
  const { rows, changed, unchanged, failed, ignored } = report;
  return (
    <>
      <p role="status" className={styles.sum}>
        {[
          t("imports.rows", { count: rows }),
          isTrial ? t("imports.wouldChange", { count: changed }) : t("imports.changed", { count: changed }),
          t("imports.unchanged", { count: unchanged }),
          failed > 0 && t("imports.failed", { count: failed }),
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      {ignored.length > 0 ? (
        <p className={styles.hint}>{t("imports.ignored", { columns: ignored.join(", ") })}</p>
      ) : null}
      <Faults report={report} file={file} />
      <Changes report={report} />
    </>
  );
}

interface FaultsProps {
  report: ImportReport;
  file: ErrorFile | null;
}

function Faults({ report: { faults, moreFaults }, file }: FaultsProps) {
  const { t } = useTranslation();
  if (faults.length === 0) return null;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <section className={styles.scroll} tabIndex={0} aria-label={t("imports.faults")}>
        <table className={styles.table}>
          <caption>{t("imports.faults")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("imports.row")}</th>
              <th scope="col">{t("imports.column")}</th>
              <th scope="col">{t("imports.why")}</th>
            </tr>
          </thead>
          <tbody>
            {faults.map(({ row, column, detail }) => (
              <tr key={`${row} ${column} ${detail}`}>
                <td>{row}</td>
                <td>{column ?? "—"}</td>
                <td className={styles.failed}>{detail}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {moreFaults > 0 ? <p className={styles.hint}>{t("imports.more", { count: moreFaults })}</p> : null}
      </section>
      {file ? (
        <p className={styles.file}>
          <a href={file.address} download className={buttonClass({ size: "small" })}>
            {t("imports.allFaults", { count: file.rows })}
          </a>
          {file.expiresAt ? t("bulk.keptUntil", { time: formatDateTime(file.expiresAt) }) : null}
        </p>
      ) : null}
    </>
  );
}

function Changes({ report: { changes, changed } }: { report: ImportReport }) {
  const { t } = useTranslation();
  if (changes.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section className={styles.scroll} tabIndex={0} aria-label={t("imports.changes")}>
      <table className={styles.table}>
        <caption>
          {changed > changes.length
            ? t("imports.firstChanges", { count: changes.length })
            : t("imports.changes")}
        </caption>
        <thead>
          <tr>
            <th scope="col">{t("imports.row")}</th>
            <th scope="col">{t("imports.asset")}</th>
            <th scope="col">{t("imports.values")}</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ row, id, title, values }) => (
            <tr key={`${row} ${id}`}>
              <td>{row}</td>
              <td>{title}</td>
              <td>
                <ul>
                  {values.map(({ name, before, after }) => (
                    <li key={name}>
                      {name}: <del>{before}</del> → <ins>{after}</ins>
                    </li>
                  ))}
                </ul>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
