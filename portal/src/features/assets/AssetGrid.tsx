import { useNavigate } from "@tanstack/react-router";
import {
  type DragEvent,
  type KeyboardEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { ASSETS_DRAG, placeAfterKey, useArranging } from "@/features/collections";
import { classNames, useElementSize } from "@/ui";
import cardStyles from "./AssetCard.module.css";
import { AssetCell, useSpokenFacts } from "./AssetCell";
import styles from "./AssetGrid.module.css";
import type { AssetFilters } from "./filters";
import { foundIn } from "./highlights";
import { ListHead } from "./ListHead";
import { type GridShape, gridShape, moveCell, rowWindow, scrollToRow, showsSameRows } from "./layout";
import type { JobsByVersion } from "./queries";
import type { Selection, SelectionAction } from "./selection";
import { leaveTrail, placeIn } from "./trail";
import { type AssetList, useAssetWindows } from "./useAssetWindows";

const LIST_ROW = 58;
/** Left and right of the canvas. */
const MARGINS = 40;

interface AssetGridProps {
  label: string;
  filters: AssetFilters;
  view: "grid" | "list";
  jobs: JobsByVersion;
  selection: Selection;
  onSelect: (action: SelectionAction) => void;
  onList: (list: AssetList) => void;
  /** Whether assets can be dragged into a collection. */
  mayDrag: boolean;
  /** The collection that is shown in its own order, where that may be changed. */
  arranged: string | null;
}

/** The virtual grid: only the cells in view exist, however many assets there are. */
export function AssetGrid({
  label,
  filters,
  view,
  jobs,
  selection,
  onSelect,
  onList,
  mayDrag,
  arranged,
}: AssetGridProps) {
  const { ref, size, element } = useElementSize<HTMLDivElement>();
  const [scrollTop, setScrollTop] = useState(0);
  const [active, setActive] = useState(0);
  const shape = shapeFor(view, size.width - MARGINS, filters.q !== "");
  // The total of the list decides the window, and the window decides what is fetched; one render later both agree.
  const [total, setTotal] = useState(0);
  const rowCount = Math.ceil(total / shape.columns);
  const rows = rowWindow(rowCount, shape.rowHeight, { scrollTop, height: size.height });
  const list = useAssetWindows(filters, rows.first * shape.columns, rows.end * shape.columns);
  useEffect(() => {
    setTotal(list.total);
    onList(list);
  });

  const { moveTo, focusActive } = useRoving({ element, shape, total, active, setActive, size });
  useEffect(() => {
    setActive((index) => Math.min(index, Math.max(0, total - 1)));
  }, [total]);
  useScrollReset(element, filters);
  useReturn({ filters, total, isMeasured: size.height > 0, moveTo });

  // After any render the cell that should have focus may have come into being.
  useLayoutEffect(focusActive);

  const arranging = useArranging({
    project: filters.project,
    collection: arranged,
    isStacked: view === "list",
    total,
    idAt: (index) => list.at(index)?.id,
  });
  const onToggle = useToggle(list, onSelect);
  const spoken = useSpokenFacts();
  const navigate = useNavigate();
  /** Alt with an arrow carries the active asset along; at an edge it must not lead to another page either. */
  const arrangeBy = (event: KeyboardEvent): boolean => {
    if (!arranging || !event.altKey || !event.key.startsWith("Arrow")) return false;
    const id = list.at(active)?.id;
    const place = placeAfterKey(event.key, active, { columns: shape.columns, total });
    if (id && place !== null && !arranging.isPending) {
      // On its way to the end it passes the asset at that place.
      arranging.put([id], place > active ? place + 1 : place);
      moveTo(place);
    }
    event.preventDefault();
    return true;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (arrangeBy(event)) return;
    const asset = list.at(active);
    const next = moveCell(event.key, active, { columns: shape.columns, count: total });
    if (next !== null && !event.altKey && !event.metaKey) {
      if (event.shiftKey) onSelect({ type: "range", to: next, idAt: (index) => list.at(index)?.id });
      moveTo(next);
    } else if (event.key === "Enter" && asset && !filters.trashed) {
      leaveTrail(sessionStorage, { asset: asset.id, index: active, filters, view });
      void navigate({ to: "/a/$assetId", params: { assetId: asset.id } });
    } else if (event.key === " " && asset) {
      onSelect({ type: "toggle", id: asset.id, index: active });
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      ref={ref}
      className={styles.scroller}
      onScroll={({ currentTarget: { scrollTop: next, clientHeight: height } }) =>
        // What stays within the rows that are there needs no rendering.
        setScrollTop((before) =>
          showsSameRows(rowCount, shape.rowHeight, { scrollTop: before, height }, next) ? before : next,
        )
      }
    >
      <span role="status" className="visually-hidden">
        {arranging?.said}
      </span>
      {view === "list" ? <ListHead sort={filters.sort} /> : null}
      {/* biome-ignore lint/a11y/useSemanticElements: a table cannot be virtual in two directions; the roles say what it is */}
      <div
        role="grid"
        aria-label={label}
        aria-rowcount={rowCount}
        aria-colcount={shape.columns}
        aria-multiselectable="true"
        aria-busy={list.isPending}
        tabIndex={-1}
        className={styles.canvas}
        style={{ height: rows.height }}
        onKeyDown={onKeyDown}
      >
        <div
          role="presentation"
          className={`${styles.rows} ${selection.ids.size > 0 ? cardStyles.anySelected : ""}`}
          style={{ transform: `translateY(${rows.top}px)` }}
        >
          {range(rows.first, rows.end).map((row) => (
            <GridRow key={row} row={row} shape={shape} view={view}>
              {range(row * shape.columns, Math.min(total, (row + 1) * shape.columns)).map((index) => {
                const asset = list.at(index);
                return (
                  // biome-ignore lint/a11y/useSemanticElements: see the grid above
                  <div
                    key={index}
                    role="gridcell"
                    aria-colindex={(index % shape.columns) + 1}
                    aria-selected={selection.isAll || (asset ? selection.ids.has(asset.id) : false)}
                    aria-label={asset?.title}
                    aria-description={
                      asset &&
                      [spoken(asset), foundIn(asset.highlights).beside?.text].filter(Boolean).join(", ")
                    }
                    data-index={index}
                    tabIndex={index === active ? 0 : -1}
                    onClickCapture={(event) => {
                      if (!asset || !isLink(event.target)) return;
                      leaveTrail(sessionStorage, { asset: asset.id, index, filters, view });
                      if (!filters.trashed) return;
                      event.preventDefault();
                      event.stopPropagation();
                      onToggle(asset.id, index, event.shiftKey);
                    }}
                    draggable={mayDrag && !filters.trashed}
                    onDragStart={(event) => asset && carry(event, asset.id, selection)}
                    className={classNames(
                      cardStyles.cell,
                      arranging?.mark === index && cardStyles.before,
                      arranging?.mark === index + 1 && index + 1 === total && cardStyles.after,
                      arranging && view === "list" && cardStyles.stacked,
                    )}
                    {...arranging?.handlersOf(index)}
                    onFocus={() => setActive(index)}
                  >
                    <AssetCell
                      asset={asset}
                      job={asset?.current_version ? jobs[asset.current_version.id] : undefined}
                      look={view === "grid" ? "card" : "row"}
                      index={index}
                      onToggle={onToggle}
                    />
                  </div>
                );
              })}
            </GridRow>
          ))}
        </div>
      </div>
    </div>
  );
}

/** What lies in the trash has no page: a click selects it. */
function isLink(target: EventTarget): boolean {
  return target instanceof Element && target.closest("a") !== null;
}

/** What is dragged: the selection, or the one asset that is not part of it. */
function carry(event: DragEvent, id: string, { ids }: Selection): void {
  event.dataTransfer.setData(ASSETS_DRAG, JSON.stringify(ids.has(id) ? [...ids] : [id]));
  event.dataTransfer.effectAllowed = "copyMove";
}

function shapeFor(view: "grid" | "list", width: number, isSearch: boolean): GridShape {
  return view === "list" ? { columns: 1, cellWidth: width, rowHeight: LIST_ROW } : gridShape(width, isSearch);
}

function range(first: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - first) }, (_, step) => first + step);
}

interface GridRowProps {
  row: number;
  shape: GridShape;
  view: "grid" | "list";
  children: React.ReactNode;
}

function GridRow({ row, shape, view, children }: GridRowProps) {
  const grid = view === "grid";
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the grid above
    // biome-ignore lint/a11y/useFocusableInteractive: focus moves over cells, not rows
    <div
      role="row"
      aria-rowindex={row + 1}
      className={grid ? styles.gridRow : styles.listRow}
      style={{
        height: shape.rowHeight,
        gridTemplateColumns: grid ? `repeat(${shape.columns}, minmax(0, 1fr))` : "minmax(0, 1fr)",
      }}
    >
      {children}
    </div>
  );
}

interface RovingOptions {
  element: HTMLElement | null;
  shape: GridShape;
  total: number;
  active: number;
  setActive: (index: number) => void;
  size: { height: number };
}

/** Moves the one focusable cell, brings it into view, and focuses it once it is rendered. */
function useRoving({ element, shape, total, setActive, size }: RovingOptions) {
  const wanted = useRef<number | null>(null);
  const moveTo = (index: number): void => {
    wanted.current = index;
    setActive(index);
    const rowCount = Math.ceil(total / shape.columns);
    const top = scrollToRow(Math.floor(index / shape.columns), rowCount, shape.rowHeight, {
      // The state follows only from row to row.
      scrollTop: element?.scrollTop ?? 0,
      height: size.height,
    });
    if (top !== null) element?.scrollTo({ top });
  };
  const focusActive = useCallback(() => {
    if (wanted.current === null) return;
    const cell = element?.querySelector<HTMLElement>(`[data-index="${wanted.current}"]`);
    if (!cell) return;
    wanted.current = null;
    cell.focus({ preventScroll: true });
  }, [element]);
  return { moveTo, focusActive };
}

interface ReturnOptions {
  filters: AssetFilters;
  total: number;
  isMeasured: boolean;
  moveTo: (index: number) => void;
}

/** Whoever comes back from an asset finds the list where it was left, with the asset in focus. */
function useReturn({ filters, total, isMeasured, moveTo }: ReturnOptions): void {
  const place = useRef(useState(() => placeIn(sessionStorage, filters))[0]);
  useEffect(() => {
    if (place.current === null || !isMeasured || total === 0) return;
    moveTo(Math.min(place.current, total - 1));
    place.current = null;
  });
}

/** Another filter or order begins at the top. */
function useScrollReset(element: HTMLElement | null, filters: AssetFilters): void {
  const key = JSON.stringify(filters);
  const before = useRef(key);
  useLayoutEffect(() => {
    if (before.current === key) return;
    before.current = key;
    element?.scrollTo({ top: 0 });
  }, [element, key]);
}

/** Stays the same function over renders, so that cells are not drawn again for it. */
function useToggle(list: AssetList, onSelect: (action: SelectionAction) => void) {
  const latest = useRef({ list, onSelect });
  useLayoutEffect(() => {
    latest.current = { list, onSelect };
  });
  return useCallback((id: string, index: number, isRange: boolean): void => {
    const idAt = (at: number): string | undefined => latest.current.list.at(at)?.id;
    latest.current.onSelect(isRange ? { type: "range", to: index, idAt } : { type: "toggle", id, index });
  }, []);
}
