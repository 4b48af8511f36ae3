import styles from "./Ledger.module.css";
import { formatDay, peakOf, type Series, ticksOf } from "./model";

interface ChartProps {
  days: readonly string[];
  series: readonly Series[];
  /** The day that the table tells of. */
  day: string;
  nameOf: (key: string) => string;
  format: (value: number) => string;
  label: string;
  onDay: (day: string) => void;
}

/** A column for each day, stacked; the tables say the same in numbers, and by keys. */
export function Chart({ days, series, day, nameOf, format, label, onDay }: ChartProps) {
  const ticks = ticksOf(peakOf(series));
  const top = ticks.at(-1) || 1;
  const dates = [...new Set([days[0], days[Math.floor((days.length - 1) / 2)], days.at(-1)])];
  return (
    <figure className={styles.figure}>
      <div className={styles.ticks} aria-hidden="true">
        {[...ticks].reverse().map((tick) => (
          <span key={tick}>{format(tick)}</span>
        ))}
      </div>
      {/* As wide as there are days and as high as a hundred: the page stretches it to the room that there is. */}
      <svg
        role="img"
        aria-label={label}
        viewBox={`0 0 ${days.length} 100`}
        preserveAspectRatio="none"
        className={styles.plot}
      >
        {ticks.map((tick) => (
          <line
            key={tick}
            x1={0}
            x2={days.length}
            y1={100 - (tick / top) * 100}
            y2={100 - (tick / top) * 100}
            vectorEffect="non-scaling-stroke"
            className={styles.grid}
          />
        ))}
        {days.map((each, at) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the pointer; the buttons above the table do the same
          <g
            key={each}
            data-shown={each === day || undefined}
            className={styles.column}
            onClick={() => onDay(each)}
          >
            <title>{titleOf(each, at, { series, nameOf, format })}</title>
            <rect x={at} y={0} width={1} height={100} className={styles.ground} />
            {partsOf(series, at).map(({ index, from, to }) => (
              <rect
                key={index}
                data-series={index}
                x={at + 0.08}
                y={100 - (to / top) * 100}
                width={0.84}
                height={((to - from) / top) * 100}
              />
            ))}
          </g>
        ))}
      </svg>
      <div className={styles.dates} aria-hidden="true">
        {dates.map((each) => (each === undefined ? null : <span key={each}>{formatDay(each)}</span>))}
      </div>
      <figcaption className={styles.legend}>
        {series.map(({ key }, at) => (
          <span key={key} className={styles.entry}>
            <Swatch at={at} />
            {nameOf(key)}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

/** The colour of a series, beside its name. */
export function Swatch({ at }: { at: number }) {
  return <span aria-hidden="true" data-series={at} className={styles.swatch} />;
}

/** From where to where each series reaches in a day's column. */
function partsOf(series: readonly Series[], at: number): { index: number; from: number; to: number }[] {
  let sum = 0;
  return series.map(({ values }, index) => {
    const from = sum;
    sum += values[at] ?? 0;
    return { index, from, to: sum };
  });
}

function titleOf(
  day: string,
  at: number,
  { series, nameOf, format }: Pick<ChartProps, "series" | "nameOf" | "format">,
): string {
  const said = series.flatMap(({ key, values }) => {
    const value = values[at];
    return value === null || value === undefined ? [] : `${nameOf(key)}: ${format(value)}`;
  });
  return [formatDay(day), ...(said.length > 0 ? said : ["—"])].join("\n");
}
