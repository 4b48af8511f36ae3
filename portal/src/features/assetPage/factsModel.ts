import { formatDuration } from "@/ui";

type Json = Readonly<Record<string, unknown>>;

/** A version's `meta`, as far as it is looked into here. */
export function partOf(meta: Json | null, name: string): Json {
  const part = meta?.[name];
  return typeof part === "object" && part !== null && !Array.isArray(part) ? (part as Json) : {};
}

function numberOf(part: Json, name: string): number | null {
  const value = part[name];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function textOf(part: Json, name: string): string | null {
  const value = part[name];
  return typeof value === "string" && value !== "" ? value : null;
}

/** Shutter, aperture, sensitivity and focal length, as photographers say them: `1/125 s, f/2.8, ISO 400, 85 mm`. */
export function exposureOf(exif: Json): string | null {
  const time = numberOf(exif, "ExposureTime");
  const aperture = numberOf(exif, "FNumber");
  const length = numberOf(exif, "FocalLength");
  const sensitivity = exif.ISOSpeedRatings ?? exif.PhotographicSensitivity;
  const iso: unknown = Array.isArray(sensitivity) ? sensitivity[0] : sensitivity;
  const said = [
    time !== null && time > 0 && `${time < 0.5 ? `1/${Math.round(1 / time)}` : Number(time.toFixed(1))} s`,
    aperture !== null && aperture > 0 && `f/${Number(aperture.toFixed(1))}`,
    typeof iso === "number" && iso > 0 && `ISO ${iso}`,
    length !== null && length > 0 && `${Number(length.toFixed(1))} mm`,
  ].filter(Boolean);
  return said.length > 0 ? said.join(", ") : null;
}

/** A position in degrees: `47.37690, 8.54170`. */
export function placeOf(latitude: number | null, longitude: number | null): string | null {
  return latitude === null || longitude === null ? null : `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
}

/** EBU R 128 in one line: `−23.1 LUFS, LRA 4.2 LU, −1.3 dBTP`. */
export function loudnessOf(loudness: Json): string | null {
  const value = (name: string, unit: string, before = ""): string | null => {
    const found = numberOf(loudness, name);
    return found === null ? null : `${before}${found.toFixed(1).replace("-", "−")} ${unit}`;
  };
  const said = [
    value("integrated_lufs", "LUFS"),
    value("range_lu", "LU", "LRA "),
    value("true_peak_dbtp", "dBTP"),
  ].filter((each) => each !== null);
  return said.length > 0 ? said.join(", ") : null;
}

const SHOWN = 4;

/** Where something was found, the first places by name: `0:03–0:05, 1:12–1:13, … (9)`. */
export function rangesOf(qc: Json, name: string): string | null {
  const found = qc[name];
  if (!Array.isArray(found) || found.length === 0) return null;
  const places = found.slice(0, SHOWN).map((range: unknown) => {
    const { start, end } = range as { start: number; end: number | null };
    return end === null ? `${formatDuration(start)}–` : `${formatDuration(start)}–${formatDuration(end)}`;
  });
  return found.length > SHOWN ? `${places.join(", ")}, … (${found.length})` : places.join(", ");
}

/** Colours in a line: space, depth of what is known, and whether the range is high. */
export function colorOf(color: Json | null, space: string | null, hdr: boolean | null): string | null {
  const said = [space, textOf(color ?? {}, "transfer"), hdr ? "HDR" : null];
  const kept = said.filter((each, at) => each !== null && said.indexOf(each) === at);
  return kept.length > 0 ? kept.join(", ") : null;
}

/** What a part of a package calls itself. */
export function packageOf(found: Json): string | null {
  const kind = textOf(found, "type");
  if (kind === null || kind === "mxf") return null;
  return [kind, textOf(found, "title"), textOf(found, "edit_rate")].filter(Boolean).join(", ");
}

/** Subtitles, tables and other texts: how much of what. */
export function contentsOf(media: Json): {
  cues: number | null;
  lines: number | null;
  language: string | null;
} {
  return {
    cues: numberOf(media, "cues"),
    lines: numberOf(media, "lines"),
    language: textOf(media, "language"),
  };
}
