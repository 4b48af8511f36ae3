export { AddressGone, type EdgeAddress, withoutToken } from "./edgeToken";
export { loadEngine } from "./engine";
export type { FrameReading } from "./frameClock";
export type { Level, StreamFailure } from "./hlsSource";
export { Player, type PlayerSource, type PlayerState } from "./player";
export { parseStoryboard, type StoryboardTile, tileAt } from "./storyboard";
export {
  clampFrame,
  clockLabel,
  countedRate,
  frameAt,
  frameOfTimecode,
  labelOf,
  parseRate,
  type Rate,
  type Timebase,
} from "./timecode";
export { useFrame, usePlayer, usePlayerState } from "./usePlayer";
