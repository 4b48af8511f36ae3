import type { Layout } from "./model";

/** Reads the frame number out of a picture: every bit is drawn once as it is and once inverted; unreadable is -1. */
export class FrameReader {
  private readonly context: CanvasRenderingContext2D | null;
  private readonly layout: Layout;

  constructor(layout: Layout) {
    this.layout = layout;
    const canvas = document.createElement("canvas");
    canvas.width = layout.width;
    canvas.height = 2 * layout.band;
    this.context = canvas.getContext("2d", { willReadFrequently: true });
  }

  read(picture: HTMLVideoElement | ImageBitmap): number {
    const { context, layout } = this;
    if (!context) return -1;
    context.drawImage(picture, 0, 0, layout.width, layout.height);
    const pixels = context.getImageData(0, 0, layout.width, 2 * layout.band).data;
    const isBright = (x: number, y: number): boolean => (pixels[4 * (y * layout.width + x)] ?? 0) > 128;
    let frame = 0;
    for (let bit = 0; bit < layout.bits; bit += 1) {
      const x = Math.floor((bit + 0.5) * layout.cell);
      const isSet = isBright(x, layout.band >> 1);
      if (isSet === isBright(x, layout.band + (layout.band >> 1))) return -1;
      if (isSet) frame += 2 ** bit;
    }
    return frame;
  }

  async readStill(url: string): Promise<number> {
    const response = await fetch(url);
    if (!response.ok) return -1;
    const bitmap = await createImageBitmap(await response.blob());
    try {
      return this.read(bitmap);
    } finally {
      bitmap.close();
    }
  }
}
