import { type CSSProperties, type PointerEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { classNames, Segments, useShortcuts } from "@/ui";
import styles from "./Compare.module.css";

interface PairProps {
  /** What each side is called. */
  left: string;
  right: string;
  leftView: ReactNode;
  rightView: ReactNode;
  /** Controls of what is compared. */
  children?: ReactNode;
}

const WAYS = ["beside", "wipe"] as const;

/** Two pictures beside each other, or the right one over the left from a line on that can be moved. */
export function Pair({ left, right, leftView, rightView, children }: PairProps) {
  const { t } = useTranslation();
  const [way, setWay] = useState<(typeof WAYS)[number]>("beside");
  const [line, setLine] = useState(50);
  useShortcuts([["w", () => setWay((before) => (before === "wipe" ? "beside" : "wipe"))]]);
  const isWipe = way === "wipe";
  const drag = (event: PointerEvent<HTMLDivElement>): void => {
    const box = event.currentTarget.parentElement?.getBoundingClientRect();
    if (!box || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    setLine(Math.round(Math.max(0, Math.min(100, ((event.clientX - box.left) / box.width) * 100)) * 10) / 10);
  };
  return (
    <div className={styles.compare}>
      {/* Pictures have a left and a right in every language. */}
      <div
        dir="ltr"
        className={classNames(styles.stage, isWipe && styles.wiped)}
        style={{ "--line": `${line}%` } as CSSProperties}
      >
        <figure className={styles.side}>
          {leftView}
          <figcaption>{left}</figcaption>
        </figure>
        <figure className={classNames(styles.side, styles.over)}>
          {rightView}
          <figcaption>{right}</figcaption>
        </figure>
        {isWipe ? (
          <div
            className={styles.line}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={drag}
          />
        ) : null}
      </div>
      {children}
      <div className={styles.ways}>
        <Segments
          label={t("compare.way")}
          value={way}
          options={WAYS.map((value) => ({ value, label: t(`compare.ways.${value}`) }))}
          onChange={setWay}
        />
        {isWipe ? (
          <input
            type="range"
            aria-label={t("compare.line")}
            className={styles.range}
            min={0}
            max={100}
            step={1}
            value={line}
            onChange={(event) => setLine(Number(event.target.value))}
          />
        ) : null}
      </div>
    </div>
  );
}
