import { useTranslation } from "react-i18next";
import type { ApprovalState, Field, FieldType, PreviewState } from "@/api/types";
import type { Person } from "@/features/fields";
import { KINDS } from "./filters";

const BUILT_IN = [
  "kind",
  "tag",
  "codec",
  "fps",
  "resolution",
  "approval",
  "person",
  "month",
  "captured",
  "state",
] as const;
/** Conditions that no facet counts have names too. */
const NAMED = [...BUILT_IN, "collection", "folder", "is", "name", "shoot", "title"] as const;
/** Fields whose values are few enough to be counted one by one. */
const COUNTED: ReadonlySet<FieldType> = new Set(["choice", "multi_choice", "boolean"]);
const STATES = ["none", "building", "partial", "ready", "failed"] as const satisfies readonly PreviewState[];
const APPROVALS = ["none", "approved", "changes_requested"] as const satisfies readonly ApprovalState[];
const FIELD = "field.";
/** The server counts no more at once. */
const MOST = 20;

export function facetNames(fields: readonly Field[]): string[] {
  const counted = fields.filter(({ type }) => COUNTED.has(type)).map(({ key }) => FIELD + key);
  return [...BUILT_IN, ...counted].slice(0, MOST);
}

/** Facets whose values the list asks for by another name. */
const PARAMETERS: Readonly<Record<string, string>> = { month: "created", state: "is" };

/** The list's parameter that asks for a value of a facet. */
export function conditionName(facet: string): string {
  return PARAMETERS[facet] ?? facet;
}

/** A rational rate as people say it: 30000/1001 is 29.97. */
function rateOf(text: string): string {
  const [frames = Number.NaN, seconds = 1] = text.split("/").map(Number);
  const rate = frames / seconds;
  return Number.isFinite(rate) ? String(Number(rate.toFixed(3))) : text;
}

/** Facets and conditions whose values may be months. */
const MONTHS: ReadonlySet<string> = new Set(["month", "created", "captured"]);
const ENDING = /__[a-z]+$/;

/** How facets, conditions and their values are read. */
export function useFacetWords(fields: readonly Field[], people: readonly Person[]) {
  const { t, i18n } = useTranslation();
  const fieldOf = (name: string): Field | undefined =>
    fields.find(({ key }) => FIELD + key === name.replace(ENDING, ""));
  const facet = (name: string): string => {
    const plain = name.replace(ENDING, "");
    const known = NAMED.find((each) => each === plain) ?? (plain === "created" ? "month" : undefined);
    return known ? t(`facets.names.${known}`) : (fieldOf(name)?.name ?? plain);
  };
  const state = (text: string): string => {
    const known = STATES.find((each) => each === text);
    return known ? t(`facets.states.${known}`) : text;
  };
  const own: Readonly<Record<string, (text: string) => string>> = {
    approval: (text) => {
      const known = APPROVALS.find((each) => each === text);
      return known ? t(`approvals.states.${known}`) : text;
    },
    fps: rateOf,
    is: state,
    kind: (text) => {
      const known = KINDS.find((each) => each === text);
      return known ? t(`assets.kinds.${known}`) : text;
    },
    person: (text) => people.find(({ id }) => id === text)?.name ?? text,
    resolution: (text) => text.replace("x", " × "),
    state,
  };
  const value = (name: string, text: string): string => {
    const plain = name.replace(ENDING, "");
    const said = own[plain];
    if (said) return said(text);
    if (fieldOf(name)?.type === "boolean") return text === "true" ? t("fields.yes") : t("fields.no");
    if (MONTHS.has(plain) && /^\d{4}-\d{2}$/.test(text)) {
      return new Intl.DateTimeFormat(i18n.language, { month: "long", year: "numeric" }).format(
        new Date(`${text}-15T12:00:00`),
      );
    }
    return text;
  };
  return { facet, value };
}
