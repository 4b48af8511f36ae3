import { isRecord } from "@/api/errors";
import type { components } from "@/api/schema";
import type { Job } from "@/api/types";

export type Format = components["schemas"]["FormatEnum"];

const ENDINGS: Readonly<Record<string, Format>> = {
  csv: "csv",
  tsv: "csv",
  txt: "csv",
  json: "json",
  jsonl: "jsonl",
  ndjson: "jsonl",
};

/** What the ending of a file's name says that it holds; null where it says nothing. */
export function formatOf(name: string): Format | null {
  return ENDINGS[name.toLowerCase().split(".").at(-1) ?? ""] ?? null;
}

export const ACCEPTED = Object.keys(ENDINGS).map((ending) => `.${ending}`);

export const ENCODINGS = [
  "utf-8",
  "utf-16",
  "windows-1250",
  "windows-1251",
  "windows-1252",
  "iso-8859-1",
  "iso-8859-2",
  "iso-8859-15",
  "macintosh",
  "shift_jis",
  "euc-jp",
  "gb18030",
  "big5",
  "euc-kr",
] as const satisfies readonly components["schemas"]["EncodingEnum"][];

export const MATCHES = [
  "id",
  "sha256",
  "name",
] as const satisfies readonly components["schemas"]["MatchEnum"][];

export interface ImportFault {
  readonly row: number;
  readonly column: string | null;
  readonly detail: string;
}

export interface ImportChange {
  readonly row: number;
  readonly id: string;
  readonly title: string;
  readonly values: readonly { readonly name: string; readonly before: string; readonly after: string }[];
}

export interface ImportReport {
  readonly rows: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly ignored: readonly string[];
  readonly faults: readonly ImportFault[];
  /** Errors beyond those that are listed. */
  readonly moreFaults: number;
  readonly changes: readonly ImportChange[];
}

/** What a job of an import tells when it has ended. */
export function reportOf({ result }: Pick<Job, "result">): ImportReport {
  const told: Record<string, unknown> = isRecord(result) ? result : {};
  const number = (name: string): number => (typeof told[name] === "number" ? told[name] : 0);
  const list = (name: string): unknown[] => (Array.isArray(told[name]) ? told[name] : []);
  return {
    rows: number("rows"),
    changed: number("changed"),
    unchanged: number("unchanged"),
    failed: number("failed"),
    ignored: list("ignored").map(String),
    faults: list("errors").filter(isRecord).map(faultOf),
    moreFaults: number("errors_left_out"),
    changes: list("changes").filter(isRecord).map(changeOf),
  };
}

function faultOf({ row, column, detail }: Record<string, unknown>): ImportFault {
  return {
    row: Number(row),
    column: typeof column === "string" && column !== "" ? column : null,
    detail: String(detail ?? ""),
  };
}

function changeOf({ row, id, title, before, after }: Record<string, unknown>): ImportChange {
  const [was, is] = [flat(before), flat(after)];
  return {
    row: Number(row),
    id: String(id),
    title: String(title ?? ""),
    values: Object.keys(is).map((name) => ({ name, before: shown(was[name]), after: shown(is[name]) })),
  };
}

function flat(values: unknown): Record<string, unknown> {
  if (!isRecord(values)) return {};
  const { fields, ...rest } = values;
  return { ...rest, ...(isRecord(fields) && fields) };
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return "—";
  if (Array.isArray(value)) return value.map(String).join(", ") || "—";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
