import type { Activity } from "@/api/types";

/** What can be asked for alone; the server matches the whole verb. */
export const VERBS = [
  "asset.created",
  "asset.updated",
  "asset.deleted",
  "asset.restored",
  "asset.purged",
  "asset.attached",
  "asset.merged",
  "asset.moved",
  "assets.changed",
  "assets.exported",
  "version.created",
  "version.promoted",
  "version.attached",
  "version.detached",
  "version.downloaded",
  "sidecar.added",
  "sidecar.downloaded",
  "sidecar.removed",
  "preview.updated",
  "approval.given",
  "approval.changed",
  "approval.withdrawn",
  "comment.created",
  "comment.updated",
  "comment.deleted",
  "share.created",
  "share.updated",
  "share.revoked",
  "collection.created",
  "collection.changed",
  "collection.items_changed",
  "collection.deleted",
  "shoot.created",
  "shoot.changed",
  "shoot.items_changed",
  "shoot.deleted",
  "proposal.dismissed",
  "proposal.taken_back",
  "duplicate.merged",
  "duplicate.dismissed",
  "hold.set",
  "hold.changed",
  "hold.released",
  "mirror.created",
  "mirror.changed",
  "mirror.deleted",
  "project.created",
  "project.updated",
  "invitation.given",
  "invitation.accepted",
  "invitation.withdrawn",
  "grant.changed",
  "grant.removed",
  "job.cancelled",
  "job.retried",
] as const;

export interface Change {
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Of what is told at length, what people want to know. */
const TOLD: Readonly<Record<string, readonly string[]>> = {
  comment: ["timecode", "body", "resolved"],
  share: ["name", "expires_at", "max_views", "allow_download", "allow_comments"],
  collection: ["name", "added_count", "removed_count"],
  shoot: ["name", "added_count", "removed_count"],
  sidecar: ["name"],
  mirror: ["name", "template"],
  duplicate: ["title"],
  proposal: ["name", "assets_count"],
  "asset.created": [],
  "asset.attached": [],
  "version.created": ["number", "name"],
};
/** Columns that say nothing to a person. */
const SILENT = new Set([
  "id",
  "updated_at",
  "effect",
  "asset",
  "parent",
  "version",
  "current_version",
  "query",
  "duplicate",
  "dismissed",
  "shoot",
  "trashed_at",
  "version_count",
  "detached_from",
]);
const LONGEST = 80;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What became what, custom fields one by one; an id is told where `nameOf` knows it. */
export function changesOf(
  { verb, before, after }: Pick<Activity, "verb" | "before" | "after">,
  nameOf: (id: string) => string | undefined = () => undefined,
): Change[] {
  const [was, is] = [flat(before), flat(after)];
  const told = TOLD[verb] ??
    TOLD[verb.split(".")[0] ?? ""] ?? [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return told.flatMap((name) => {
    const [one, other] = [shown(was[name], nameOf), shown(is[name], nameOf)];
    // What was zero or not so before is no news when something is made.
    const isNews = one !== other && !(before === null && (is[name] === 0 || is[name] === false));
    return SILENT.has(name) || !isNews ? [] : [{ name, before: one, after: other }];
  });
}

/** Events of which the first stands for the others: the same person did the same, and nothing more is told. */
export interface EventGroup {
  readonly first: Activity;
  readonly others: readonly Activity[];
}

export function groupsOf(events: readonly Activity[]): EventGroup[] {
  const groups: { first: Activity; others: Activity[] }[] = [];
  for (const event of events) {
    const last = groups.at(-1);
    if (last && isAlike(last.first, event)) last.others.push(event);
    else groups.push({ first: event, others: [] });
  }
  return groups;
}

function isAlike(one: Activity, other: Activity): boolean {
  return (
    one.verb === other.verb &&
    one.actor.id === other.actor.id &&
    one.actor.name === other.actor.name &&
    changesOf(one).length + changesOf(other).length === 0
  );
}

/** What an event is about, as it is called or was called when it happened. */
export function nameOfTarget({ target, before, after }: Activity): string | null {
  return target.name ?? text(before?.title) ?? text(after?.title) ?? text(before?.name) ?? null;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function flat(values: Readonly<Record<string, unknown>> | null): Record<string, unknown> {
  const { fields, ...rest } = values ?? {};
  return { ...rest, ...(isRecord(fields) && fields) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown, nameOf: (id: string) => string | undefined): string | null {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "string" && ID.test(value)) return nameOf(value) ?? null;
  const said = Array.isArray(value)
    ? value
        .map((each) => shown(each, nameOf) ?? "")
        .filter(Boolean)
        .join(", ")
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);
  return said.length > LONGEST ? `${said.slice(0, LONGEST)}…` : said || null;
}

/** The moments between which days from and to lie, in the zone of whoever asks; none where no day is named. */
export function spanOf(from: string, to: string): { after?: string; before?: string } {
  const start = startOf(from, 0);
  const end = startOf(to, 1);
  return { ...(start && { after: start }), ...(end && { before: end }) };
}

function startOf(day: string, daysOn: number): string | null {
  const [year, month, date] = day.split("-").map(Number);
  if (!year || !month || !date) return null;
  return new Date(year, month - 1, date + daysOn).toISOString();
}
