/** Frames per second as an exact fraction. */
export interface Rate {
  readonly num: number;
  readonly den: number;
}

/** What turns a frame number into a time of the media element and into a timecode. */
export interface Timebase {
  readonly rate: Rate;
  /** Time of frame 0 in the media timeline, in seconds. */
  readonly firstPts: number;
  /** Number of frames; null while it is not known. */
  readonly frameCount: number | null;
  /** Timecode of frame 0, counted in frames. */
  readonly startFrame: number;
  readonly dropFrame: boolean;
}

/** Reads a rational rate as the server writes it (`"30000/1001"`, `"25"`); null when it is none. */
export function parseRate(text: string | null | undefined): Rate | null {
  const match = /^(\d+)(?:\/(\d+))?$/.exec(text ?? "");
  if (!match) return null;
  const num = Number(match[1]);
  const den = Number(match[2] ?? 1);
  return num > 0 && den > 0 ? { num, den } : null;
}

/** The whole number of frames that a timecode counts per second: 24 for 23.976, 30 for 29.97. */
export function countedRate(rate: Rate): number {
  return Math.max(1, Math.round(rate.num / rate.den));
}

/** Frame labels skipped at each minute but every tenth: 2 at 29.97, 4 at 59.94; other rates have no drop frame. */
export function droppedPerMinute(rate: Rate): number {
  const counted = countedRate(rate);
  const fractional = rate.num % rate.den !== 0;
  return fractional && counted % 30 === 0 ? counted / 15 : 0;
}

/**
 * The timecode label of a frame, wrapping at 24 hours.
 *
 * Source: SMPTE ST 12-1; drop frame skips labels, never pictures.
 */
export function timecodeOf(frame: number, rate: Rate, dropFrame: boolean): string {
  const fps = countedRate(rate);
  const dropped = dropFrame ? droppedPerMinute(rate) : 0;
  const perMinute = fps * 60 - dropped;
  const perTenMinutes = fps * 600 - dropped * 9;
  const perDay = perTenMinutes * 144;
  const inDay = ((frame % perDay) + perDay) % perDay;
  const tens = Math.floor(inDay / perTenMinutes);
  const rest = inDay % perTenMinutes;
  const skipped = rest < fps * 60 ? 0 : Math.floor((rest - fps * 60) / perMinute) + 1;
  const label = inDay + dropped * (tens * 9 + skipped);
  const seconds = Math.floor(label / fps);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(pad);
  return `${parts.join(":")}${dropped > 0 ? ";" : ":"}${pad(label % fps)}`;
}

/** The frame that a timecode names; null for no timecode, and for labels that drop frame skips. */
export function frameOfTimecode(text: string, rate: Rate, dropFrame: boolean): number | null {
  const match = /^(\d{1,2}):(\d{2}):(\d{2})[:;.](\d{2,3})$/.exec(text.trim());
  if (!match) return null;
  const [hours, minutes, seconds, frames] = match.slice(1).map(Number) as [number, number, number, number];
  const fps = countedRate(rate);
  if (hours > 23 || minutes > 59 || seconds > 59 || frames >= fps) return null;
  const dropped = dropFrame ? droppedPerMinute(rate) : 0;
  const totalMinutes = hours * 60 + minutes;
  if (dropped > 0 && seconds === 0 && frames < dropped && minutes % 10 !== 0) return null;
  return (
    (totalMinutes * 60 + seconds) * fps + frames - dropped * (totalMinutes - Math.floor(totalMinutes / 10))
  );
}

/** The time in the middle of a frame, in seconds: far from both edges, so that rounding never shows a neighbour. */
export function middleOf(frame: number, timebase: Timebase): number {
  return timebase.firstPts + ((frame + 0.5) * timebase.rate.den) / timebase.rate.num;
}

/** The frame whose presentation time this is, as `requestVideoFrameCallback` reports it. */
export function frameOfMediaTime(seconds: number, timebase: Timebase): number {
  return Math.max(0, Math.round(((seconds - timebase.firstPts) * timebase.rate.num) / timebase.rate.den));
}

/** The frame on screen at a time of the playhead; the thousandth forgives times rounded to microseconds. */
export function frameAt(seconds: number, timebase: Timebase): number {
  return Math.max(
    0,
    Math.floor(((seconds - timebase.firstPts) * timebase.rate.num) / timebase.rate.den + 1e-3),
  );
}

/** Keeps a frame inside the clip. */
export function clampFrame(frame: number, timebase: Timebase): number {
  const last = timebase.frameCount === null ? Number.MAX_SAFE_INTEGER : Math.max(0, timebase.frameCount - 1);
  return Math.min(last, Math.max(0, Math.round(frame)));
}

/** The label shown for a frame of a clip, start timecode included. */
export function labelOf(frame: number, timebase: Timebase): string {
  return timecodeOf(frame + timebase.startFrame, timebase.rate, timebase.dropFrame);
}

/** Minutes, seconds and tenths for media without frames (`1:02.5`). */
export function clockLabel(seconds: number): string {
  const tenths = Math.max(0, Math.floor(seconds * 10));
  const minutes = Math.floor(tenths / 600);
  const hours = Math.floor(minutes / 60);
  const rest = `${pad(Math.floor(tenths / 10) % 60)}.${tenths % 10}`;
  return hours > 0 ? `${hours}:${pad(minutes % 60)}:${rest}` : `${minutes}:${rest}`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
