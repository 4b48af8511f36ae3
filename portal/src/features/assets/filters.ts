import type { Kind } from "@/api/types";

/** Parameters of the asset list by their names, `kind` or `field.scene__not`; several values stand between commas. */
export type Conditions = Readonly<Record<string, string>>;

export interface AssetFilters {
  readonly project: string;
  readonly q: string;
  readonly sort: string;
  readonly trashed: boolean;
  readonly conditions: Conditions;
}

export const KINDS = ["video", "audio", "image", "document", "other"] as const satisfies readonly Kind[];

export const SORTS = [
  "-created_at",
  "created_at",
  "-updated_at",
  "title",
  "-title",
  "name",
  "-size",
  "size",
  "-duration",
  "duration",
  "-captured_at",
  "captured_at",
  "kind",
] as const;
/** Columns of the list by which it can be ordered, each in the orders that a press on it goes through. */
const ORDERS = {
  title: ["title", "-title"],
  kind: ["kind"],
  duration: ["-duration", "duration"],
  size: ["-size", "size"],
  created_at: ["-created_at", "created_at"],
} as const satisfies Record<string, readonly (typeof SORTS)[number][]>;

export type Column = keyof typeof ORDERS;

/** The order after a press on a column: what people look for first there, then the other way round. */
export function sortAfter(sort: string, column: Column): string {
  const orders: readonly string[] = ORDERS[column];
  return orders[(orders.indexOf(sort) + 1) % orders.length] ?? sort;
}

/** The order that people gave a hand-picked collection. */
export const PLACED = "position";
export const NEWEST = "-created_at";

const CONDITION =
  /^(title|name|kind|tag|codec|fps|resolution|person|created|captured|updated|is|collection|shoot|folder|duration|size|width|height|versions|created_after|created_before|captured_after|captured_before|field\.[a-z][a-z0-9_]*)(__[a-z]+)?$/;
const SORT = /^-?(field\.)?[a-z][a-z0-9_]*$/;

/** The conditions among the words of an address; what is no condition is left out. */
export function conditionsOf(search: Readonly<Record<string, unknown>>): Conditions {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(search)) {
    const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
    if (CONDITION.test(name) && typeof text === "string" && text !== "") found[name] = text;
  }
  return found;
}

export function filtersOf(project: string, search: Readonly<Record<string, unknown>>): AssetFilters {
  const { q, sort, trashed } = search;
  return {
    project,
    q: typeof q === "string" ? q : "",
    sort: typeof sort === "string" && SORT.test(sort) ? sort : NEWEST,
    trashed: trashed === true || trashed === "true" || trashed === "only",
    conditions: conditionsOf(search),
  };
}

/** The same list as parameters of a request: for other windows of it, facets, exports, saved searches and bulk. */
export function parametersOf({ project, q, trashed, conditions }: AssetFilters): Record<string, string> {
  return { project, ...conditions, ...(q && { q }), ...(trashed && { trashed: "true" }) };
}

/**
 * All that a list shows, mistyped words as it took them: work on many assets and smart collections correct nothing
 * by themselves.
 */
export function wholeOf(filters: AssetFilters, meant: string): Record<string, string> {
  return { ...parametersOf(filters), ...(filters.q && meant && { meant }) };
}

export function isFiltered({ q, conditions }: AssetFilters): boolean {
  return q !== "" || Object.keys(conditions).length > 0;
}

export interface Choice {
  readonly included: readonly string[];
  readonly excluded: readonly string[];
}

/** Which values of a facet are asked for, and which must not be there. */
export function choiceOf(conditions: Conditions, name: string): Choice {
  const several = conditions[`${name}__in`]?.split(",") ?? [];
  const one = conditions[name];
  return {
    included: one === undefined ? several : [one, ...several],
    excluded: conditions[`${name}__not`]?.split(",") ?? [],
  };
}

export type Way = "in" | "out" | "off";

/** The conditions after one value of a facet was asked for, shut out, or let go. */
export function withChoice(conditions: Conditions, name: string, value: string, way: Way): Conditions {
  const { included, excluded } = choiceOf(conditions, name);
  const rest = (values: readonly string[]): string[] => values.filter((each) => each !== value);
  const { [name]: _one, [`${name}__in`]: _several, [`${name}__not`]: _not, ...others } = conditions;
  const wanted = way === "in" ? [...rest(included), value] : rest(included);
  const unwanted = way === "out" ? [...rest(excluded), value] : rest(excluded);
  return {
    ...others,
    ...(wanted.length === 1 && wanted[0] !== undefined && { [name]: wanted[0] }),
    ...(wanted.length > 1 && { [`${name}__in`]: wanted.join(",") }),
    ...(unwanted.length > 0 && { [`${name}__not`]: unwanted.join(",") }),
  };
}

export interface ConditionChip {
  /** What is asked about, without how. */
  readonly name: string;
  readonly parameter: string;
  readonly value: string;
  readonly isExcluded: boolean;
  /** The conditions without this one. */
  readonly rest: Conditions;
}

const SIGNS: Readonly<Record<string, string>> = { gte: "≥ ", lte: "≤ ", gt: "> ", lt: "< " };

/** Every value that is asked for or shut out, one by one. */
export function conditionChips(conditions: Conditions): ConditionChip[] {
  return Object.entries(conditions).flatMap(([parameter, text]) => {
    const [name = parameter, ending = ""] = parameter.split("__");
    const { [parameter]: _gone, ...others } = conditions;
    if (ending !== "in" && ending !== "not") {
      return [{ name, parameter, value: `${SIGNS[ending] ?? ""}${text}`, isExcluded: false, rest: others }];
    }
    const isExcluded = ending === "not";
    return text.split(",").map((value) => ({
      name,
      parameter,
      value,
      isExcluded,
      rest: withChoice(conditions, name, value, "off"),
    }));
  });
}
