import { ArrowLeft, ArrowRight } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { LedgerLine } from "@/api/types";
import { formatBytes, IconButton } from "@/ui";
import { Swatch } from "./Chart";
import styles from "./Ledger.module.css";
import { formatDay, formatMoney, type Holder } from "./model";

interface NumbersProps {
  caption: string;
  /** What the rows are about. */
  title: string;
  /** Headings after the first. */
  columns: readonly string[];
  children: ReactNode;
}

/** A table of numbers; what does not fit is scrolled inside it. */
export function Numbers({ caption, title, columns, children }: NumbersProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section className={styles.scroll} tabIndex={0} aria-label={caption}>
      <table className={styles.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {[title, ...columns].map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        {children}
      </table>
    </section>
  );
}

/** A line for each day of the whole organisation. */
export function DaysTable({ lines, shown }: { lines: readonly LedgerLine[]; shown: string }) {
  const { t } = useTranslation();
  const columns = [
    t("ledger.count"),
    t("ledger.masters"),
    t("ledger.previews"),
    t("ledger.dayCost"),
    t("ledger.remainder"),
  ];
  return (
    <Numbers caption={t("ledger.byDay")} title={t("ledger.day")} columns={columns}>
      <tbody>
        {lines.map((line) => (
          <tr key={line.day} data-shown={line.day === shown || undefined}>
            <th scope="row">{formatDay(line.day)}</th>
            <td>{line.masters}</td>
            <td>{formatBytes(line.master_bytes)}</td>
            <td>{formatBytes(line.preview_bytes)}</td>
            <td>{formatMoney(line.cost, line.currency)}</td>
            <td>{formatMoney(line.remainder, line.currency)}</td>
          </tr>
        ))}
      </tbody>
    </Numbers>
  );
}

interface HoldersTableProps {
  holders: readonly Holder[];
  /** Whom the picture shows apart, in the order of their colours. */
  series: readonly string[];
  title: string;
  day: string;
  /** The days that have lines, the newest first. */
  days: readonly string[];
  currency: string;
  nameOf: (key: string) => string;
  onDay: (day: string) => void;
}

/** What each project or client had stored on one day, and what it cost in all. */
export function HoldersTable({
  holders,
  series,
  title,
  day,
  days,
  currency,
  nameOf,
  onDay,
}: HoldersTableProps) {
  const { t } = useTranslation();
  const at = days.indexOf(day);
  const go = (to: number): void => {
    const wanted = days[to];
    if (wanted !== undefined) onDay(wanted);
  };
  const columns = [
    t("ledger.count"),
    t("ledger.masters"),
    t("ledger.previews"),
    t("ledger.dayCost"),
    t("ledger.remainder"),
    t("ledger.allCost"),
  ];
  const lines = holders.flatMap((holder) => holder.days.get(day) ?? []);
  const sum = (value: (line: LedgerLine) => number): number =>
    lines.reduce((all, line) => all + value(line), 0);
  const rest = series.includes("rest") ? series.length - 1 : -1;
  return (
    <>
      <div className={styles.dayBar}>
        <IconButton
          label={t("ledger.dayBefore")}
          isDisabled={at === days.length - 1}
          onPress={() => go(at + 1)}
        >
          <ArrowLeft />
        </IconButton>
        <h2 aria-live="polite">{formatDay(day)}</h2>
        <IconButton label={t("ledger.dayAfter")} isDisabled={at === 0} onPress={() => go(at - 1)}>
          <ArrowRight />
        </IconButton>
      </div>
      <Numbers caption={t("ledger.onDay", { day: formatDay(day) })} title={title} columns={columns}>
        <tbody>
          {holders.map(({ key, days: kept, cost }) => {
            const line = kept.get(day);
            const own = series.indexOf(key);
            return (
              <tr key={key}>
                <th scope="row">
                  <Swatch at={own === -1 ? rest : own} />
                  {nameOf(key)}
                </th>
                <td>{line?.masters ?? 0}</td>
                <td>{formatBytes(line?.master_bytes ?? 0)}</td>
                <td>{formatBytes(line?.preview_bytes ?? 0)}</td>
                <td>{formatMoney(line?.cost ?? 0, currency)}</td>
                <td>{formatMoney(line?.remainder ?? 0, currency)}</td>
                <td>{formatMoney(cost, currency)}</td>
              </tr>
            );
          })}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t("ledger.all")}</th>
            <td>{sum((line) => line.masters)}</td>
            <td>{formatBytes(sum((line) => line.master_bytes))}</td>
            <td>{formatBytes(sum((line) => line.preview_bytes))}</td>
            <td>
              {formatMoney(
                sum((line) => line.cost),
                currency,
              )}
            </td>
            <td>
              {formatMoney(
                sum((line) => line.remainder),
                currency,
              )}
            </td>
            <td>
              {formatMoney(
                holders.reduce((all, { cost }) => all + cost, 0),
                currency,
              )}
            </td>
          </tr>
        </tfoot>
      </Numbers>
    </>
  );
}
