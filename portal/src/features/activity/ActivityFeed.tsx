import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { History } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Project } from "@/api/types";
import { usePeople } from "@/features/fields";
import { Button, EmptyState, ErrorState, Select, Skeleton, TextField } from "@/ui";
import styles from "./Activity.module.css";
import { ActivityEvent } from "./ActivityEvent";
import { groupsOf, spanOf, VERBS } from "./model";
import { activitiesQuery } from "./queries";

interface ActivityFeedProps {
  project: Project;
  asset?: string;
}

const ANY = "";
const NO_FILTER = { actor: ANY, verb: ANY, from: ANY, to: ANY };

/** Who did what, newest first; narrowed to a person, a kind of event and days. */
export function ActivityFeed({ project, asset }: ActivityFeedProps) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(NO_FILTER);
  const events = useInfiniteQuery({
    ...activitiesQuery({
      project: project.id,
      ...(asset && { asset }),
      ...(asked.actor && { actor: asked.actor }),
      ...(asked.verb && { verb: asked.verb }),
      ...spanOf(asked.from, asked.to),
    }),
    placeholderData: keepPreviousData,
  });
  const rows = events.data?.pages.flatMap((page) => page.results) ?? [];
  const isFiltered = Object.values(asked).some((each) => each !== ANY);
  return (
    <section className={styles.feed} aria-label={t("activity.title")} aria-busy={events.isFetching}>
      <ActivityFilters
        project={project}
        asked={asked}
        onAsk={(change) => setAsked((before) => ({ ...before, ...change }))}
      />
      {events.isPending ? <Skeleton className={styles.skeleton} /> : null}
      {events.isError ? <ErrorState error={events.error} onRetry={() => void events.refetch()} /> : null}
      {events.isSuccess && rows.length === 0 ? (
        <EmptyState
          icon={<History />}
          text={t("activity.empty")}
          action={
            isFiltered ? (
              <Button onPress={() => setAsked(NO_FILTER)}>{t("assets.clearFilters")}</Button>
            ) : undefined
          }
        />
      ) : null}
      <ol className={styles.list}>
        {groupsOf(rows).map(({ first, others }) => (
          <ActivityEvent
            key={first.id}
            event={first}
            others={others}
            project={project}
            isOfOne={asset !== undefined}
          />
        ))}
      </ol>
      {events.hasNextPage ? (
        <Button isPending={events.isFetchingNextPage} onPress={() => void events.fetchNextPage()}>
          {t("activity.more")}
        </Button>
      ) : null}
    </section>
  );
}

interface ActivityFiltersProps {
  project: Project;
  asked: typeof NO_FILTER;
  onAsk: (change: Partial<typeof NO_FILTER>) => void;
}

function ActivityFilters({ project, asked, onAsk }: ActivityFiltersProps) {
  const { t } = useTranslation();
  const people = usePeople(project.organization, [{ type: "person" }]);
  return (
    <div className={styles.filters}>
      <Select
        label={t("activity.person")}
        value={asked.actor}
        options={[
          { value: ANY, label: t("activity.anyone") },
          ...people.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        onChange={(actor) => onAsk({ actor })}
      />
      <Select<string>
        label={t("activity.event")}
        value={asked.verb}
        options={[
          { value: ANY, label: t("activity.anything") },
          ...VERBS.map((each) => ({ value: each, label: t(`activity.verbs.${each}`) })),
        ]}
        onChange={(verb) => onAsk({ verb })}
      />
      <TextField
        type="date"
        label={t("activity.from")}
        value={asked.from}
        onChange={(from) => onAsk({ from })}
      />
      <TextField type="date" label={t("activity.to")} value={asked.to} onChange={(to) => onAsk({ to })} />
    </div>
  );
}
