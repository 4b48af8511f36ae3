/** Brings the engine for streams, which is most of the player's weight; it may be sent for before its stream is known. */
export const loadEngine = () => import("./hlsEngine");
