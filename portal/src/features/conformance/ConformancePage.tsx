import { CircleCheck, CircleX } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, CopyField, Progress, usePageTitle } from "@/ui";
import styles from "./ConformancePage.module.css";
import { fetchClips, measureClip, Stopped } from "./measure";
import { isExact, type Plan, planOf, type Report, type Row, reportOf, type Tally } from "./model";

type Stage = "waiting" | "running" | "done" | "failed";

interface Run {
  readonly stage: Stage;
  readonly rows: readonly Row[];
  readonly fault: string | null;
}

const START: Run = { stage: "waiting", rows: [], fault: null };

/** Proves in this very browser that the frame that is named is the frame on screen. */
export function ConformancePage() {
  const { t } = useTranslation();
  usePageTitle(t("conformance.title"));
  const plan = useMemo(() => planOf(location.search), []);
  const video = useRef<HTMLVideoElement>(null);
  const [turn, setTurn] = useState(0);
  const run = useRun(plan, video, turn);
  const report = run.stage === "done" ? reportOf(plan, run.rows, navigator.userAgent, new Date()) : null;
  return (
    <main className={styles.page} data-stage={run.stage} aria-busy={run.stage === "running"}>
      <header className={styles.head}>
        <img src="/icon.svg" alt="" />
        <div>
          <h1>{t("conformance.title")}</h1>
          <p className={styles.hint}>{t("conformance.text")}</p>
        </div>
      </header>
      <div className={styles.stage}>
        <video ref={video} muted playsInline crossOrigin="anonymous" className={styles.video} />
        <Verdict run={run} plan={plan} report={report} onAgain={() => setTurn(turn + 1)} />
      </div>
      <Results rows={run.rows} />
      {report ? <JsonReport report={report} /> : null}
    </main>
  );
}

function useRun(plan: Plan, video: React.RefObject<HTMLVideoElement | null>, turn: number): Run {
  const [run, setRun] = useState(START);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new turn begins anew
  useEffect(() => {
    const stop = new AbortController();
    setRun(START);
    const work = async (): Promise<void> => {
      const element = video.current;
      if (!element) return;
      const told = await fetchClips(stop.signal);
      const rows: Row[] = [];
      for (const clip of told.clips) {
        if (plan.clips && !plan.clips.includes(clip.name)) continue;
        for (const format of plan.formats) {
          const at = rows.length;
          await measureClip({
            clip,
            format,
            layout: told.layout,
            plan,
            expiresAt: Date.parse(told.expires_at ?? ""),
            video: element,
            signal: stop.signal,
            onRow: (row) => {
              rows[at] = row;
              setRun({ stage: "running", rows: [...rows], fault: null });
            },
          });
        }
      }
      setRun({ stage: "done", rows, fault: null });
    };
    void work().catch((error: unknown) => {
      if (error instanceof Stopped || stop.signal.aborted) return;
      setRun((before) => ({ ...before, stage: "failed", fault: String(error) }));
    });
    return () => stop.abort();
  }, [plan, video, turn]);
  return run;
}

function asked(plan: Plan, rows: number): number {
  return rows * (plan.seeks + plan.steps) + Math.ceil(rows / Math.max(1, plan.formats.length)) * plan.stills;
}

interface VerdictProps {
  run: Run;
  plan: Plan;
  report: Report | null;
  onAgain: () => void;
}

function Verdict({ run, plan, report, onAgain }: VerdictProps) {
  const { t } = useTranslation();
  const clips = plan.clips?.length ?? 4;
  const done = run.rows.reduce((sum, row) => sum + row.seeks.done + row.steps.done + row.stills.done, 0);
  if (run.stage === "failed")
    return (
      <div className={styles.verdict} role="alert">
        <p className={styles.bad}>{t("conformance.failed", { fault: run.fault })}</p>
        <Button onPress={onAgain}>{t("conformance.again")}</Button>
      </div>
    );
  if (!report)
    return (
      <div className={styles.verdict} role="status">
        <p>{t(run.stage === "waiting" ? "conformance.waiting" : "conformance.running")}</p>
        <Progress
          label={t("conformance.progress")}
          value={Math.min(1, done / Math.max(1, asked(plan, clips * plan.formats.length)))}
        />
      </div>
    );
  return (
    <div className={styles.verdict} role="status">
      <p className={report.exact ? styles.good : styles.bad}>
        {report.exact ? <CircleCheck aria-hidden="true" /> : <CircleX aria-hidden="true" />}
        {t(report.exact ? "conformance.exact" : "conformance.notExact")}
      </p>
      <p className={styles.hint}>{report.browser}</p>
      <Button onPress={onAgain}>{t("conformance.again")}</Button>
    </div>
  );
}

const COLUMNS = [
  "clip",
  "format",
  "first",
  "seeks",
  "steps",
  "stills",
  "verified",
  "time",
  "result",
] as const;

function Results({ rows }: { rows: readonly Row[] }) {
  const { t } = useTranslation();
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <caption>{t("conformance.results")}</caption>
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <th key={column} scope="col">
                {t(`conformance.columns.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <ResultRow key={`${row.clip} ${row.format}`} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ResultRow({ row }: { row: Row }) {
  const { t } = useTranslation();
  const exact = isExact(row);
  return (
    <tr>
      <th scope="row">{row.clip}</th>
      <td>{row.format === "hls" ? "HLS" : "MP4"}</td>
      <td>{row.first ?? "…"}</td>
      <Counted tally={row.seeks} />
      <Counted tally={row.steps} />
      <Counted tally={row.stills} />
      <td>{row.verified}</td>
      <td>{t("conformance.ms", { p50: row.seekMs.p50, p95: row.seekMs.p95 })}</td>
      <td className={exact ? styles.good : styles.bad}>
        {row.error ?? t(exact ? "conformance.ok" : "conformance.wrong")}
      </td>
    </tr>
  );
}

function Counted({ tally }: { tally: Tally }) {
  const wrong = tally.misses.map(({ wanted, shown }) => `${wanted} → ${shown}`).join(", ");
  return (
    <td title={wrong || undefined}>
      {tally.done === 0 ? "–" : `${tally.exact}/${tally.done}`}
      {wrong ? <span className={styles.misses}> {wrong}</span> : null}
    </td>
  );
}

function JsonReport({ report }: { report: Report }) {
  const { t } = useTranslation();
  const text = JSON.stringify(report);
  return (
    <section className={styles.json}>
      <CopyField label={t("conformance.json")} value={text} />
      <pre id="report" className={styles.pre}>
        {JSON.stringify(report, null, 2)}
      </pre>
    </section>
  );
}
