import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChartColumnStacked, FileSpreadsheet } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Organization } from "@/api/types";
import { AdminPage, ForAdmins, organizationQuery } from "@/features/admin";
import { buttonClass, EmptyState, ErrorState, formatBytes, Progress, Select, Skeleton } from "@/ui";
import { Chart } from "./Chart";
import styles from "./Ledger.module.css";
import { DaysTable, HoldersTable } from "./LedgerTables";
import {
  daysOf,
  formatDay,
  formatMoney,
  GROUPS,
  type Group,
  holdersOf,
  MEASURES,
  type Measure,
  PERIODS,
  type Period,
  rangeOf,
  seriesOf,
} from "./model";
import { type Ledger, ledgerQuery, tableAddress } from "./queries";
import { Transfers } from "./Transfers";

/** What an organisation stores and what that costs, day by day, and what goes in and out. */
export function LedgerPage() {
  const { t } = useTranslation();
  return (
    <ForAdmins title={t("ledger.title")} refusal={t("ledger.adminsOnly")}>
      {(organization) => <LedgerOf organization={organization} />}
    </ForAdmins>
  );
}

/** What the address asks for. */
function useAsked() {
  const search = useSearch({ from: "/member/storage" });
  const navigate = useNavigate({ from: "/storage" });
  const group: Group = GROUPS.find((known) => known === search.group) ?? "project";
  const measure: Measure = MEASURES.find((known) => known === search.measure) ?? "bytes";
  const period: Period = PERIODS.find((known) => known === search.days) ?? "30";
  const ask = (change: { group?: Group; measure?: Measure; days?: Period }): void =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  return { group, measure, period, ask };
}

function LedgerOf({ organization }: { organization: Organization }) {
  const { t } = useTranslation();
  const { group, measure, period, ask } = useAsked();
  const range = rangeOf(period);
  const ledger = useQuery(ledgerQuery(organization.id, group, range));
  return (
    <AdminPage
      path="/storage"
      organization={organization}
      title={t("ledger.title")}
      intro={t("ledger.intro")}
      actions={
        <a href={tableAddress(organization.id, group, range)} download className={buttonClass()}>
          <FileSpreadsheet />
          {t("ledger.table")}
        </a>
      }
    >
      <Quota organization={organization.id} />
      <div className={styles.choices}>
        <Select
          compact
          label={t("ledger.by")}
          value={group}
          options={GROUPS.map((value) => ({ value, label: t(`ledger.groups.${value}`) }))}
          onChange={(value) => ask({ group: value })}
        />
        <Select
          compact
          label={t("ledger.measure")}
          value={measure}
          options={MEASURES.map((value) => ({ value, label: t(`ledger.measures.${value}`) }))}
          onChange={(value) => ask({ measure: value })}
        />
        <Select
          compact
          label={t("ledger.period")}
          value={period}
          options={PERIODS.map((value) => ({ value, label: t(`ledger.periods.${value}`) }))}
          onChange={(days) => ask({ days })}
        />
      </div>
      {ledger.isPending ? <Skeleton className={styles.skeleton} /> : null}
      {ledger.isError ? <ErrorState error={ledger.error} onRetry={() => void ledger.refetch()} /> : null}
      {ledger.data?.lines.length === 0 ? (
        <EmptyState icon={<ChartColumnStacked />} text={t("ledger.empty")} />
      ) : null}
      {ledger.data && ledger.data.lines.length > 0 ? (
        <Kept ledger={ledger.data} group={group} measure={measure} days={daysOf(range)} />
      ) : null}
      <Transfers organization={organization.id} by={Number(period) > 31 ? "month" : "day"} range={range} />
    </AdminPage>
  );
}

/** How much of what the organisation may store is taken. */
function Quota({ organization }: { organization: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(organizationQuery(organization));
  if (!data) return null;
  // In thousandths: what is hardly anything would be told with an exponent.
  const share =
    data.storage_limit > 0 ? Math.round((data.storage_used / data.storage_limit) * 1000) / 1000 : 1;
  const words = t("ledger.quota", {
    used: formatBytes(data.storage_used),
    limit: formatBytes(data.storage_limit),
  });
  return (
    <div className={styles.quota}>
      <p>{words}</p>
      <Progress label={words} value={share} tone={share > 0.9 ? "danger" : "accent"} />
    </div>
  );
}

interface KeptProps {
  ledger: Ledger;
  group: Group;
  measure: Measure;
  days: readonly string[];
}

function Kept({ ledger, group, measure, days }: KeptProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string | null>(null);
  const holders = holdersOf(ledger.lines, group);
  const series = seriesOf(holders, { group, measure, days });
  const newest = ledger.lines[0]?.day ?? "";
  const written = [...new Set(ledger.lines.map(({ day }) => day))];
  const day = chosen !== null && written.includes(chosen) ? chosen : newest;
  const currency = ledger.lines[0]?.currency ?? "";
  const names: Readonly<Record<string, string>> = {
    masters: t("ledger.masters"),
    previews: t("ledger.previews"),
    cost: t("ledger.measures.cost"),
    rest: t("ledger.rest"),
    none: t(group === "client" ? "ledger.noClient" : "ledger.noProject"),
    ...Object.fromEntries(holders.flatMap(({ key, name }) => (name === null ? [] : [[key, name]]))),
  };
  const nameOf = (key: string): string => names[key] ?? t("ledger.gone");
  return (
    <>
      <Chart
        days={days}
        series={series}
        day={day}
        nameOf={nameOf}
        format={measure === "cost" ? (value) => formatMoney(value, currency) : formatBytes}
        label={t("ledger.picture", {
          measure: t(`ledger.measures.${measure}`),
          from: formatDay(days[0] ?? newest),
          to: formatDay(days.at(-1) ?? newest),
        })}
        onDay={(wanted) => written.includes(wanted) && setChosen(wanted)}
      />
      <p className={styles.sum}>
        {t("ledger.sum", { cost: formatMoney(ledger.cost, currency), count: written.length })}
      </p>
      {ledger.since ? (
        <p className={styles.cut}>{t("ledger.cut", { day: formatDay(ledger.since) })}</p>
      ) : null}
      {group === "organization" ? (
        <DaysTable lines={ledger.lines} shown={day} />
      ) : (
        <HoldersTable
          holders={holders}
          series={series.map(({ key }) => key)}
          title={t(group === "client" ? "projects.client" : "bulk.project")}
          day={day}
          days={written}
          currency={currency}
          nameOf={nameOf}
          onDay={setChosen}
        />
      )}
    </>
  );
}
