import { type CSSProperties, lazy, Suspense } from "react";
import { useFrame } from "@/player";
import { useRoom } from "./room";

// Who neither draws nor looks at a drawing does not load this.
const DrawingLayer = lazy(() =>
  import("./DrawingLayer").then(({ DrawingLayer: layer }) => ({ default: layer })),
);

interface DrawingOverProps {
  /** The shape of the picture below. */
  width: number;
  height: number;
  /** Where the picture stands, if not as large as the stage lets it be. */
  style?: CSSProperties;
}

/** What is drawn over the picture: by who writes a comment, or with the comment that is open, on its own frames. */
export function DrawingOver(picture: DrawingOverProps) {
  const { sketch, drawn, player, timing, page } = useRoom();
  const { frame } = useFrame(player);
  if (sketch && (sketch.isOn || sketch.shapes.length > 0)) {
    return (
      <Suspense>
        <DrawingLayer {...picture} sketch={sketch} />
      </Suspense>
    );
  }
  if (!drawn) return null;
  const { anchor } = drawn;
  if (timing && anchor && (frame < anchor.from || frame >= anchor.to)) return null;
  if (page && drawn.page !== null && drawn.page !== page.current) return null;
  return (
    <Suspense>
      <DrawingLayer {...picture} annotation={drawn.annotation} />
    </Suspense>
  );
}
