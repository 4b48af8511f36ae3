export type { PlaybackAccess, ReviewAccess } from "./access";
export { sourceOf, timingOf } from "./media";
export { fetchAddress, playbackQuery } from "./queries";
export { ReviewRoom } from "./ReviewRoom";
