import { Check, Eraser, MoveUpRight, Pencil, Square, Undo2 } from "lucide-react";
import { type CSSProperties, type PointerEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { classNames, IconButton, useShortcuts } from "@/ui";
import styles from "./Drawing.module.css";
import { beginning, COLORS, drawnTo, outlineOf, TOOLS, type Tool, thicknessOf, withShape } from "./drawing";
import type { Sketch } from "./room";
import { type Point, type Shape, shapesOf } from "./shapes";

interface DrawingLayerProps {
  width: number;
  height: number;
  style?: CSSProperties;
  /** What is being drawn; left out where a drawing is only shown. */
  sketch?: Sketch;
  /** What came with a comment. */
  annotation?: unknown;
}

/** Units of the drawing from left to right; what a picture has of them from top to bottom is its own. */
const UNITS = 1000;

export function DrawingLayer({ width, height, style, sketch, annotation }: DrawingLayerProps) {
  const size = { width: UNITS, height: (UNITS * height) / width };
  const [tool, setTool] = useState<Tool>("pen");
  const [color, setColor] = useState<string>(COLORS[0]);
  const [begun, setBegun] = useState<Shape | null>(null);
  const isOn = sketch?.isOn ?? false;
  const shapes = sketch ? [...sketch.shapes, ...(begun ? [begun] : [])] : shapesOf(annotation);

  const onDown = (event: PointerEvent<SVGSVGElement>): void => {
    if (event.button !== 0) return;
    event.stopPropagation();
    event.currentTarget.setPointerCapture(event.pointerId);
    setBegun(beginning(tool, color, placeOf(event, size)));
  };
  const onMove = (event: PointerEvent<SVGSVGElement>): void => {
    if (!begun) return;
    event.stopPropagation();
    const to = placeOf(event, size);
    setBegun((before) => before && drawnTo(before, to));
  };
  const onUp = (event: PointerEvent<SVGSVGElement>): void => {
    event.stopPropagation();
    if (begun && sketch) sketch.set(withShape(sketch.shapes, begun));
    setBegun(null);
  };

  return (
    <>
      <svg
        viewBox={`0 0 ${size.width} ${size.height}`}
        aria-hidden="true"
        className={classNames(styles.layer, isOn && styles.drawing)}
        style={style ?? FILL}
        {...(isOn && {
          onPointerDown: onDown,
          onPointerMove: onMove,
          onPointerUp: onUp,
          onPointerCancel: onUp,
        })}
      >
        {shapes.map((shape, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: shapes stand in the order in which they were drawn
          <ShapeMark key={index} shape={shape} size={size} />
        ))}
      </svg>
      {sketch && isOn ? (
        <Tools sketch={sketch} tool={tool} onTool={setTool} color={color} onColor={setColor} />
      ) : null}
    </>
  );
}

/** Over the whole stage; the picture keeps its shape within, as the film below does. */
const FILL: CSSProperties = { position: "absolute", inset: 0, width: "100%", height: "100%" };

/** Where on the picture the pointer is. */
function placeOf(event: PointerEvent<SVGSVGElement>, size: { width: number; height: number }): Point {
  const matrix = event.currentTarget.getScreenCTM();
  if (!matrix) return [0, 0];
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
  return [x / size.width, y / size.height];
}

/** A shape with a dark edge, so that it is seen on any picture. */
function ShapeMark({ shape, size }: { shape: Shape; size: { width: number; height: number } }) {
  const [first] = shape.points;
  if (shape.tool === "text" && first) {
    return (
      <text x={first[0] * size.width} y={first[1] * size.height} fill={shape.color} className={styles.text}>
        {shape.text}
      </text>
    );
  }
  const d = outlineOf(shape, size);
  const thickness = thicknessOf(shape, size);
  return (
    <>
      <path d={d} className={styles.edge} strokeWidth={thickness + 2} />
      <path d={d} stroke={shape.color} strokeWidth={thickness} />
    </>
  );
}

const ICONS = { pen: Pencil, arrow: MoveUpRight, box: Square } as const;

interface ToolsProps {
  sketch: Sketch;
  tool: Tool;
  onTool: (tool: Tool) => void;
  color: string;
  onColor: (color: string) => void;
}

function Tools({ sketch, tool, onTool, color, onColor }: ToolsProps) {
  const { t } = useTranslation();
  const undo = (): void => sketch.set(sketch.shapes.slice(0, -1));
  useShortcuts([
    ["Escape", () => sketch.turn(false)],
    ["Mod+z", undo],
  ]);
  return (
    <div
      role="toolbar"
      aria-label={t("drawing.title")}
      className={styles.tools}
      // A picture that is dragged to move it takes every press for itself.
      onPointerDown={(event) => event.stopPropagation()}
      onPointerUp={(event) => event.stopPropagation()}
    >
      {TOOLS.map((each) => {
        const Icon = ICONS[each];
        return (
          <button
            key={each}
            type="button"
            aria-label={t(`drawing.${each}`)}
            title={t(`drawing.${each}`)}
            aria-pressed={each === tool}
            onClick={() => onTool(each)}
          >
            <Icon aria-hidden="true" />
          </button>
        );
      })}
      {COLORS.map((each, index) => (
        <button
          key={each}
          type="button"
          aria-label={t("drawing.color", { number: index + 1 })}
          aria-pressed={each === color}
          onClick={() => onColor(each)}
        >
          <span className={styles.swatch} style={{ background: each }} />
        </button>
      ))}
      <IconButton
        size="small"
        label={t("drawing.undo")}
        isDisabled={sketch.shapes.length === 0}
        onPress={undo}
      >
        <Undo2 />
      </IconButton>
      <IconButton
        size="small"
        label={t("drawing.clear")}
        isDisabled={sketch.shapes.length === 0}
        onPress={() => sketch.set([])}
      >
        <Eraser />
      </IconButton>
      <IconButton size="small" label={t("drawing.done")} shortcut="Esc" onPress={() => sketch.turn(false)}>
        <Check />
      </IconButton>
    </div>
  );
}
