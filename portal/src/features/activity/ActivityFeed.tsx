import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { History } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Activity, Project } from "@/api/types";
import { usePeople } from "@/features/fields";
import { Avatar, Button, EmptyState, ErrorState, formatAgo, formatDateTime, Select, Skeleton } from "@/ui";
import styles from "./Activity.module.css";
import { changesOf, VERBS } from "./model";
import { activitiesQuery } from "./queries";

interface ActivityFeedProps {
  project: Project;
  asset?: string;
}

const ANY = "";

/** Who did what, newest first; narrowed to a person or a kind of event. */
export function ActivityFeed({ project, asset }: ActivityFeedProps) {
  const { t } = useTranslation();
  const [actor, setActor] = useState(ANY);
  const [verb, setVerb] = useState(ANY);
  const people = usePeople(project.organization, [{ type: "person" }]);
  const events = useInfiniteQuery(
    activitiesQuery({ project: project.id, asset, actor: actor || undefined, verb: verb || undefined }),
  );
  const rows = events.data?.pages.flatMap((page) => page.results) ?? [];
  return (
    <section className={styles.feed} aria-label={t("activity.title")}>
      <div className={styles.filters}>
        <Select
          compact
          label={t("activity.person")}
          value={actor}
          options={[
            { value: ANY, label: t("activity.anyone") },
            ...people.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={setActor}
        />
        <Select<string>
          compact
          label={t("activity.event")}
          value={verb}
          options={[
            { value: ANY, label: t("activity.anything") },
            ...VERBS.map((each) => ({ value: each, label: t(`activity.verbs.${each}`) })),
          ]}
          onChange={setVerb}
        />
      </div>
      {events.isPending ? <Skeleton className={styles.skeleton} /> : null}
      {events.isError ? <ErrorState error={events.error} onRetry={() => void events.refetch()} /> : null}
      {events.isSuccess && rows.length === 0 ? (
        <EmptyState icon={<History />} text={t("activity.empty")} />
      ) : null}
      <ol className={styles.list}>
        {rows.map((event) => (
          <Event key={event.id} event={event} isOfOne={asset !== undefined} />
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

function Event({ event, isOfOne }: { event: Activity; isOfOne: boolean }) {
  const { t } = useTranslation();
  const known = VERBS.find((each) => each === event.verb);
  const name = event.actor.name || t(`activity.kinds.${event.actor.kind}`);
  return (
    <li className={styles.event}>
      <Avatar name={name} small />
      <div className={styles.what}>
        <p>
          <strong>{name}</strong> · {known ? t(`activity.verbs.${known}`) : event.verb}
          {event.asset && !isOfOne && event.verb !== "asset.purged" ? (
            <>
              {" · "}
              <Link to="/a/$assetId" params={{ assetId: event.asset }}>
                {t("activity.open")}
              </Link>
            </>
          ) : null}
        </p>
        <Changes event={event} />
        <time dateTime={event.at} title={formatDateTime(event.at)} className={styles.when}>
          {formatAgo(event.at)}
        </time>
      </div>
    </li>
  );
}

function Changes({ event }: { event: Activity }) {
  const { t } = useTranslation();
  const changes = changesOf(event);
  if (changes.length === 0) return null;
  return (
    <ul className={styles.changes}>
      {changes.map(({ name, before, after }) => (
        <li key={name}>
          {name}: {before === null ? null : <del>{before}</del>}{" "}
          {after === null ? t("activity.cleared") : <ins>{after}</ins>}
        </li>
      ))}
    </ul>
  );
}
