/** How a still is shown: its scale over "fit", and how far its middle is moved, in pixels of the screen. */
export interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export const FIT: View = { scale: 1, x: 0, y: 0 };
const LARGEST = 16;

interface Box {
  readonly width: number;
  readonly height: number;
}

/** The largest size at which a picture fits a box, never above its own size unless told. */
export function fittedSize(picture: Box, box: Box): Box {
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  return { width: picture.width * scale, height: picture.height * scale };
}

/** Zooms by a factor so that the point under the pointer stays where it is; the point is counted from the middle. */
export function zoomAt(view: View, factor: number, point: { x: number; y: number }): View {
  const scale = Math.min(LARGEST, Math.max(1, view.scale * factor));
  if (scale === 1) return FIT;
  const ratio = scale / view.scale;
  return { scale, x: point.x - (point.x - view.x) * ratio, y: point.y - (point.y - view.y) * ratio };
}

/** Moves the picture, but never further than its own edge. */
export function pan(view: View, by: { x: number; y: number }, fitted: Box, box: Box): View {
  const reach = (size: number, room: number): number => Math.max(0, (size * view.scale - room) / 2);
  const clamp = (value: number, limit: number): number => Math.min(limit, Math.max(-limit, value));
  return {
    scale: view.scale,
    x: clamp(view.x + by.x, reach(fitted.width, box.width)),
    y: clamp(view.y + by.y, reach(fitted.height, box.height)),
  };
}
