import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Activity, Project } from "@/api/types";
import { projectFieldsQuery, usePeople } from "@/features/fields";
import { Avatar, formatAgo, formatDateTime } from "@/ui";
import styles from "./Activity.module.css";
import { changesOf, nameOfTarget, VERBS } from "./model";

interface ActivityEventProps {
  event: Activity;
  /** The same, done to other things right before. */
  others: readonly Activity[];
  project: Project;
  /** Whether all events shown are about one asset, which then need not be named. */
  isOfOne: boolean;
}

/** One line of the feed: who, what, to which thing, and what became of it. */
export function ActivityEvent({ event, others, project, isOfOne }: ActivityEventProps) {
  const { t } = useTranslation();
  const known = VERBS.find((each) => each === event.verb);
  const isPerson = event.actor.kind === "user" && event.actor.name !== "";
  const name =
    isPerson || event.actor.kind === "guest"
      ? event.actor.name || t(`activity.kinds.${event.actor.kind}`)
      : t(`activity.kinds.${event.actor.kind}`);
  return (
    <li className={styles.event}>
      <Avatar name={name} small />
      <div className={styles.what}>
        <p>
          <strong>{name}</strong> · {known ? t(`activity.verbs.${known}`) : event.verb}
          {isOfOne ? null : <Target event={event} />}
        </p>
        <Changes event={event} project={project} />
        {others.length > 0 ? (
          <details className={styles.others}>
            <summary>{t("activity.others", { count: others.length })}</summary>
            <ul>
              {others.map((other) => (
                <li key={other.id}>
                  <time dateTime={other.at}>{formatDateTime(other.at)}</time>
                  {isOfOne ? null : <Target event={other} />}
                </li>
              ))}
            </ul>
          </details>
        ) : null}
        <time dateTime={event.at} title={formatDateTime(event.at)} className={styles.when}>
          {formatAgo(event.at)}
        </time>
      </div>
    </li>
  );
}

/** After these the asset has no page. */
const GONE: ReadonlySet<string> = new Set([
  "asset.deleted",
  "asset.purged",
  "asset.attached",
  "asset.merged",
]);

function Target({ event }: { event: Activity }) {
  const name = nameOfTarget(event);
  if (name === null) return null;
  const { asset, project, target, verb } = event;
  if (asset && target.name !== null && !GONE.has(verb)) {
    return (
      <>
        {" · "}
        <Link to="/a/$assetId" params={{ assetId: asset }}>
          {name}
        </Link>
      </>
    );
  }
  if (target.kind === "collection" && target.name !== null && project) {
    return (
      <>
        {" · "}
        <Link to="/p/$projectId" params={{ projectId: project }} search={{ collection: target.id }}>
          {name}
        </Link>
      </>
    );
  }
  return ` · ${name}`;
}

const COLUMNS = [
  "title",
  "tags",
  "name",
  "body",
  "reason",
  "timecode",
  "resolved",
  "added_count",
  "removed_count",
  "role",
  "email",
  "expires_at",
  "max_views",
  "allow_download",
  "allow_comments",
  "template",
  "status",
] as const;

function Changes({ event, project }: { event: Activity; project: Project }) {
  const { t } = useTranslation();
  const { data: fields = [] } = useQuery(projectFieldsQuery(project.id));
  const people = usePeople(project.organization, [{ type: "person" }]);
  const changes = changesOf(event, (id) => people.find((person) => person.id === id)?.name);
  if (changes.length === 0) return null;
  const label = (name: string): string => {
    const column = COLUMNS.find((each) => each === name);
    return column ? t(`activity.columns.${column}`) : (fields.find(({ key }) => key === name)?.name ?? name);
  };
  const said = (value: string): string =>
    value === "true" ? t("fields.yes") : value === "false" ? t("fields.no") : value;
  return (
    <ul className={styles.changes}>
      {changes.map(({ name, before, after }) => (
        <li key={name}>
          {label(name)}: {before === null ? null : <del>{said(before)}</del>}{" "}
          {after === null ? t("activity.cleared") : <ins>{said(after)}</ins>}
        </li>
      ))}
    </ul>
  );
}
