import { useEffect, useRef } from "react";
import { columnsOf, type Peaks } from "./waveform";

interface WaveCanvasProps {
  peaks: Peaks;
  seconds: number;
  width: number;
  height: number;
  className?: string | undefined;
}

/** Draws server-made peaks over the whole width; the comment list says the same in words. */
export function WaveCanvas({ peaks, seconds, width, height, className }: WaveCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context || width < 1 || height < 1 || seconds <= 0) return;
    const ratio = devicePixelRatio;
    const columns = Math.round(width * ratio);
    canvas.current.width = columns;
    canvas.current.height = Math.round(height * ratio);
    context.fillStyle = getComputedStyle(canvas.current).color;
    const middle = (height * ratio) / 2;
    for (const [column, [low, high]] of columnsOf(peaks, columns, seconds).entries()) {
      const top = middle - high * middle;
      context.fillRect(column, top, 1, Math.max(1, middle - low * middle - top));
    }
  }, [peaks, seconds, width, height]);
  return <canvas ref={canvas} className={className} style={{ width, height }} />;
}
