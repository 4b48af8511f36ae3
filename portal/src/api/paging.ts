interface Page<Row> {
  results: Row[];
  next?: string | null | undefined;
}

/** Beyond this many pages a list is cut rather than read to its end. */
const MAX_PAGES = 40;

/** The cursor inside a list's `next` address. */
export function cursorOf(next: string | null | undefined): string | undefined {
  if (!next) return undefined;
  return new URL(next, location.origin).searchParams.get("cursor") ?? undefined;
}

/** Reads a list page by page to its end. */
export async function everyPage<Row>(
  fetchPage: (cursor: string | undefined) => Promise<Page<Row>>,
): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { results, next } = await fetchPage(cursor);
    rows.push(...results);
    cursor = cursorOf(next);
    if (cursor === undefined) return rows;
  }
  return rows;
}
