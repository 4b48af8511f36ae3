import { describe, expect, it } from "vitest";
import {
  colorOf,
  contentsOf,
  exposureOf,
  loudnessOf,
  packageOf,
  partOf,
  placeOf,
  rangesOf,
} from "./factsModel";

describe("facts", () => {
  it("say an exposure as photographers do", () => {
    expect(exposureOf({ ExposureTime: 0.008, FNumber: 2.8, ISOSpeedRatings: [400], FocalLength: 85 })).toBe(
      "1/125 s, f/2.8, ISO 400, 85 mm",
    );
    expect(exposureOf({ ExposureTime: 2.5, ISOSpeedRatings: 100 })).toBe("2.5 s, ISO 100");
    expect(exposureOf({ ExposureTime: "soon", FNumber: 0 })).toBeNull();
  });
  it("say loudness in one line, and nothing of silence", () => {
    expect(loudnessOf({ integrated_lufs: -23.1, range_lu: 4.2, true_peak_dbtp: -1.3, silent: false })).toBe(
      "−23.1 LUFS, LRA 4.2 LU, −1.3 dBTP",
    );
    expect(loudnessOf({ integrated_lufs: null, silent: true })).toBeNull();
  });
  it("name the first places of what was found", () => {
    const at = (start: number) => ({ start, end: start + 2 });
    expect(rangesOf({ black: [at(3), { start: 70, end: null }] }, "black")).toBe("0:03–0:05, 1:10–");
    expect(rangesOf({ black: [1, 2, 3, 4, 5].map(at) }, "black")).toMatch(/… \(5\)$/);
    expect(rangesOf({ black: [] }, "black")).toBeNull();
    expect(rangesOf({}, "clipped")).toBeNull();
  });
  it("say where, in which colours, and of which package", () => {
    expect(placeOf(47.3769, 8.5417)).toBe("47.37690, 8.54170");
    expect(placeOf(47.3769, null)).toBeNull();
    expect(colorOf({ transfer: "pq" }, "bt2020", true)).toBe("bt2020, pq, HDR");
    expect(colorOf({ transfer: "bt709" }, "bt709", false)).toBe("bt709");
    expect(packageOf({ type: "imf-composition", title: "Harbour", edit_rate: "24/1" })).toBe(
      "imf-composition, Harbour, 24/1",
    );
    expect(packageOf({ type: "mxf" })).toBeNull();
  });
  it("look into meta without trusting its shape", () => {
    expect(partOf(null, "exif")).toEqual({});
    expect(partOf({ exif: [1] }, "exif")).toEqual({});
    expect(contentsOf({ cues: 3, lines: "many", language: "de" })).toEqual({
      cues: 3,
      lines: null,
      language: "de",
    });
  });
});
