import { isRecord } from "@/api/errors";
import type { ReviewAccess } from "./access";
import type { Anchor, Draft } from "./commentModel";
import { drawingOf, type Shape, shapesOf } from "./shapes";

/** What stands in a box and was not sent. */
export interface Unsent {
  readonly body: string;
  readonly internal: boolean;
  /** Where the picture was, so that what is found again is found on its frame. */
  readonly at: Anchor | null;
  readonly shapes?: readonly Shape[];
}

/** What is read from and written to, as `sessionStorage` is: what one tab writes is nothing to another. */
type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Where something is written: a version, a thread of it, or a comment that is edited. */
export function placeOf(access: Pick<ReviewAccess, "key">, version: string, within = ""): string {
  return `dam.unsent.${access.key}.${version}.${within}`;
}

function read(shelf: Shelf, place: string): unknown {
  try {
    return JSON.parse(shelf.getItem(place) ?? "null");
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Nobody must be kept from writing because the browser keeps no more. */
function write(shelf: Shelf, place: string, value: unknown): void {
  try {
    if (value === null) shelf.removeItem(place);
    else shelf.setItem(place, JSON.stringify(value));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

export function unsentAt(shelf: Shelf, place: string): Unsent | null {
  const kept = read(shelf, place);
  if (!isRecord(kept) || typeof kept.body !== "string" || kept.body === "") return null;
  return { body: kept.body, internal: kept.internal === true, at: anchorIn(kept.at), shapes: shapesOf(kept) };
}

export function keepUnsent(shelf: Shelf, place: string, unsent: Unsent | null): void {
  write(shelf, place, unsent?.body.trim() ? unsent : null);
}

const OUTBOX = "outbox";

/** Comments that were sent and never arrived: the page was left, or the log-in had ended. */
export function outboxOf(shelf: Shelf, access: Pick<ReviewAccess, "key">, version: string): Draft[] {
  const kept = read(shelf, placeOf(access, version, OUTBOX));
  return Array.isArray(kept) ? kept.flatMap(draftIn) : [];
}

export function keepOutbox(
  shelf: Shelf,
  access: Pick<ReviewAccess, "key">,
  version: string,
  drafts: readonly Draft[],
): void {
  write(shelf, placeOf(access, version, OUTBOX), drafts.length > 0 ? drafts : null);
}

function anchorIn(value: unknown): Anchor | null {
  if (!isRecord(value)) return null;
  const { from, to } = value;
  return typeof from === "number" && typeof to === "number" ? { from, to } : null;
}

function draftIn(value: unknown): Draft[] {
  if (!isRecord(value) || typeof value.body !== "string") return [];
  const { body, page, parent, internal, anchor, drawing, key } = value;
  return [
    {
      body,
      anchor: anchorIn(anchor),
      page: typeof page === "number" ? page : null,
      parent: typeof parent === "string" ? parent : null,
      internal: internal === true,
      drawing: drawingOf(shapesOf(drawing)),
      ...(typeof key === "string" && { key }),
    },
  ];
}
