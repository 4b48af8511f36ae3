/** Chromium stops at 33.5 million pixels of scroll height, others earlier; beyond this we map proportionally. */
export const TALLEST_PX = 8_000_000;

export interface GridShape {
  readonly columns: number;
  readonly cellWidth: number;
  readonly rowHeight: number;
}

const GAP = 14;
/** Title and facts under the picture. */
const CAPTION = 62;
/** One more line, that says where a search found its words. */
const FOUND = 20;
const SMALLEST = 216;

/** Cells of equal size: 16:9 pictures with a caption, as many columns as fit; found ones say why. */
export function gridShape(width: number, isSearch = false): GridShape {
  const columns = Math.max(1, Math.floor((width + GAP) / (Math.min(SMALLEST, Math.max(1, width)) + GAP)));
  const cellWidth = Math.max(1, (width - GAP * (columns - 1)) / columns);
  return {
    columns,
    cellWidth,
    rowHeight: Math.round((cellWidth * 9) / 16) + CAPTION + (isSearch ? FOUND : 0) + GAP,
  };
}

export interface RowWindow {
  /** Rows to render: from `first` up to and without `end`. */
  readonly first: number;
  readonly end: number;
  /** Where the first rendered row lies inside the scrolled box. */
  readonly top: number;
  /** Height of the scrolled box. */
  readonly height: number;
}

interface Viewport {
  readonly scrollTop: number;
  readonly height: number;
}

const OVERSCAN = 2;

/** The rows in view, in constant time however long the list is. */
export function rowWindow(rowCount: number, rowHeight: number, viewport: Viewport): RowWindow {
  const real = rowCount * rowHeight;
  const height = Math.min(real, TALLEST_PX);
  const realTop = realScroll(viewport.scrollTop, real, viewport.height);
  const first = Math.min(rowCount, Math.max(0, Math.floor(realTop / rowHeight) - OVERSCAN));
  const end = Math.min(rowCount, Math.ceil((realTop + viewport.height) / rowHeight) + OVERSCAN);
  return { first, end, top: first * rowHeight + viewport.scrollTop - realTop, height };
}

/** Whether another scroll position leaves the rows, and where they lie, as they are. */
export function showsSameRows(
  rowCount: number,
  rowHeight: number,
  { scrollTop, height }: Viewport,
  next: number,
): boolean {
  const [one, other] = [scrollTop, next].map((top) =>
    rowWindow(rowCount, rowHeight, { scrollTop: top, height }),
  );
  return one?.first === other?.first && one?.end === other?.end && one?.top === other?.top;
}

function realScroll(scrollTop: number, real: number, viewportHeight: number): number {
  if (real <= TALLEST_PX) return scrollTop;
  return (scrollTop / (TALLEST_PX - viewportHeight)) * (real - viewportHeight);
}

/** The scroll position that brings a row into view, or null when it is there already. */
export function scrollToRow(
  row: number,
  rowCount: number,
  rowHeight: number,
  viewport: Viewport,
): number | null {
  const real = rowCount * rowHeight;
  const top = realScroll(viewport.scrollTop, real, viewport.height);
  const rowTop = row * rowHeight;
  if (rowTop >= top && rowTop + rowHeight <= top + viewport.height) return null;
  const wanted = rowTop < top ? rowTop : rowTop + rowHeight - viewport.height;
  if (real <= TALLEST_PX) return wanted;
  return (wanted / (real - viewport.height)) * (TALLEST_PX - viewport.height);
}

/** Where an arrow key leads from a cell; null for other keys. */
export function moveCell(
  key: string,
  index: number,
  { columns, count }: { columns: number; count: number },
): number | null {
  const last = count - 1;
  switch (key) {
    case "ArrowRight":
      return Math.min(last, index + 1);
    case "ArrowLeft":
      return Math.max(0, index - 1);
    case "ArrowDown":
      return index + columns <= last
        ? index + columns
        : Math.floor(index / columns) < Math.floor(last / columns)
          ? last
          : index;
    case "ArrowUp":
      return index - columns >= 0 ? index - columns : index;
    case "PageDown":
      return Math.min(last, index + columns * 4);
    case "PageUp":
      return Math.max(index % columns, index - columns * 4);
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return null;
  }
}

/** All indexes from one to another, whichever comes first. */
export function between(one: number, other: number): number[] {
  const low = Math.min(one, other);
  return Array.from({ length: Math.abs(one - other) + 1 }, (_, step) => low + step);
}
