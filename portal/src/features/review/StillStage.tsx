import { Maximize, ZoomIn, ZoomOut } from "lucide-react";
import { type PointerEvent, useEffect, useRef, useState, type WheelEvent } from "react";
import { useTranslation } from "react-i18next";
import { IconButton, useElementSize, useShortcuts } from "@/ui";
import { DrawingOver } from "./DrawingOver";
import styles from "./Viewer.module.css";
import { FIT, fittedSize, pan, type View, zoomAt } from "./zoom";

interface StillStageProps {
  url: string;
  title: string;
  width: number;
  height: number;
  /** Tells the picture's own size once it is there. */
  onSize?: (size: { width: number; height: number }) => void;
}

const STEP = 1.4;
const MIDDLE = { x: 0, y: 0 };

/** A picture to look into: wheel or keys zoom, dragging moves. */
export function StillStage({ url, title, width, height, onSize }: StillStageProps) {
  const { t } = useTranslation();
  const { ref, size } = useElementSize<HTMLDivElement>();
  const [view, setView] = useState<View>(FIT);
  const [src, setSrc] = useState(url);
  const drag = useRef<{ x: number; y: number; moved: boolean } | null>(null);
  const fitted = fittedSize({ width, height }, size);
  const percent = Math.round(((fitted.width * view.scale) / width) * 100);
  const zoom = (factor: number, point = MIDDLE): void => setView((before) => zoomAt(before, factor, point));
  useShortcuts([
    ["+", () => zoom(STEP)],
    ["=", () => zoom(STEP)],
    ["-", () => zoom(1 / STEP)],
    ["0", () => setView(FIT)],
  ]);
  // A new signature of the same picture must not make it flash.
  useEffect(() => {
    setSrc((before) =>
      before.split("/").slice(-3).join() === url.split("/").slice(-3).join() ? before : url,
    );
  }, [url]);

  const fromMiddle = (event: { clientX: number; clientY: number; currentTarget: Element }) => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
  };
  const onWheel = (event: WheelEvent<HTMLDivElement>): void =>
    zoom(Math.exp(-event.deltaY / 400), fromMiddle(event));
  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, y: event.clientY, moved: false };
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>): void => {
    const from = drag.current;
    if (!from) return;
    const by = { x: event.clientX - from.x, y: event.clientY - from.y };
    if (!from.moved && Math.hypot(by.x, by.y) < 4) return;
    drag.current = { x: event.clientX, y: event.clientY, moved: true };
    setView((before) => pan(before, by, fitted, size));
  };
  const onPointerUp = (event: PointerEvent<HTMLDivElement>): void => {
    if (drag.current && !drag.current.moved) {
      if (view.scale > 1) setView(FIT);
      else zoom(3, fromMiddle(event));
    }
    drag.current = null;
  };

  const placed = { ...fitted, transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})` };
  return (
    <div className={styles.still} ref={ref} data-zoomed={view.scale > 1 || undefined}>
      <div
        role="presentation"
        className={styles.still}
        onWheel={onWheel}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        data-zoomed={view.scale > 1 || undefined}
        style={{ width: size.width, height: size.height }}
      >
        <img
          src={src}
          alt={title}
          draggable={false}
          onError={() => setSrc(url)}
          onLoad={({ currentTarget }) =>
            onSize?.({ width: currentTarget.naturalWidth, height: currentTarget.naturalHeight })
          }
          style={placed}
        />
        <DrawingOver width={width} height={height} style={placed} />
      </div>
      <div className={styles.zoom}>
        <IconButton label={t("review.zoomOut")} shortcut="−" size="small" onPress={() => zoom(1 / STEP)}>
          <ZoomOut />
        </IconButton>
        <output>{percent} %</output>
        <IconButton label={t("review.zoomIn")} shortcut="+" size="small" onPress={() => zoom(STEP)}>
          <ZoomIn />
        </IconButton>
        <IconButton label={t("review.fit")} shortcut="0" size="small" onPress={() => setView(FIT)}>
          <Maximize />
        </IconButton>
      </div>
    </div>
  );
}
