import { useInfiniteQuery, useSuspenseQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { CalendarDays } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Project } from "@/api/types";
import { projectQuery } from "@/features/projects";
import { AssetStrip, ProjectFrame } from "@/features/projectViews";
import { Button, EmptyState, ErrorState, Skeleton } from "@/ui";
import styles from "./Months.module.css";
import { type Month, yearsOf } from "./model";
import { monthsQuery } from "./queries";

/** Pictures that stand for a month. */
const COVERS = 6;

/** A project's assets along the time at which they came. */
export function MonthsPage() {
  const { t } = useTranslation();
  const { projectId } = useParams({ from: "/member/p/$projectId/months" });
  const { data: project } = useSuspenseQuery(projectQuery(projectId));
  const months = useInfiniteQuery(monthsQuery(project.id));
  const all = months.data?.pages.flatMap((page) => page.months) ?? [];
  const most = Math.max(1, ...all.map(({ count }) => count));
  return (
    <ProjectFrame project={project} title={t("views.months")}>
      {months.isPending ? <Skeleton className={styles.skeleton} /> : null}
      {months.isError ? <ErrorState error={months.error} onRetry={() => void months.refetch()} /> : null}
      {months.isSuccess && all.length === 0 ? (
        <EmptyState icon={<CalendarDays />} text={t("months.empty")} />
      ) : null}
      {yearsOf(all).map(({ year, months: held, count }) => (
        <section key={year} className={styles.year} aria-label={year}>
          <h3>
            {year} <small>{t("folders.assets", { count })}</small>
          </h3>
          <ol className={styles.months}>
            {held.map((month) => (
              <MonthRow key={month.month} project={project} month={month} most={most} />
            ))}
          </ol>
        </section>
      ))}
      {months.hasNextPage ? (
        <div>
          <Button isPending={months.isFetchingNextPage} onPress={() => void months.fetchNextPage()}>
            {t("months.older")}
          </Button>
        </div>
      ) : null}
    </ProjectFrame>
  );
}

interface MonthRowProps {
  project: Project;
  month: Month;
  /** Assets of the fullest month. */
  most: number;
}

function MonthRow({ project, month: { month, count, isAtLeast }, most }: MonthRowProps) {
  const { t, i18n } = useTranslation();
  const name = new Intl.DateTimeFormat(i18n.language, { month: "long", year: "numeric" }).format(
    new Date(`${month}-15T12:00:00`),
  );
  return (
    <li className={styles.month}>
      <Link
        to="/p/$projectId"
        params={{ projectId: project.id }}
        search={{ created: month }}
        className={styles.head}
      >
        <span className={styles.name}>{name}</span>
        <span className={styles.count}>
          {isAtLeast ? t("months.atLeast", { count }) : t("folders.assets", { count })}
        </span>
        <span className={styles.bar} aria-hidden="true">
          <span style={{ width: `${(100 * count) / most}%` }} />
        </span>
      </Link>
      <AssetStrip
        label={t("months.newest", { month: name })}
        project={project.id}
        conditions={{ created: month }}
        most={COVERS}
      />
    </li>
  );
}
