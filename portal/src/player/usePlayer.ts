import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { EdgeAddress } from "./edgeToken";
import type { FrameReading } from "./frameClock";
import { Player, type PlayerSource, type PlayerState } from "./player";
import type { Timebase } from "./timecode";

interface PlayerOptions {
  source: PlayerSource | null;
  timebase: Timebase | null;
  askAgain: () => Promise<EdgeAddress | null>;
  /** The frame to begin with. */
  startAt: number;
}

export interface PlayerHandle {
  player: Player;
  /** Give this to the media element as its `ref`. */
  mediaRef: (video: HTMLVideoElement | null) => (() => void) | undefined;
}

/** One player for the life of the component, fed with its source and timebase. */
export function usePlayer({ source, timebase, askAgain, startAt }: PlayerOptions): PlayerHandle {
  const ask = useRef(askAgain);
  useEffect(() => {
    ask.current = askAgain;
  });
  const [player] = useState(() => new Player(() => ask.current(), startAt));
  useEffect(() => {
    if (timebase) player.setTimebase(timebase);
  }, [player, timebase]);
  useEffect(() => {
    if (source) player.load(source);
  }, [player, source]);
  return useMemo(
    () => ({ player, mediaRef: (video) => (video ? player.attach(video) : undefined) }),
    [player],
  );
}

export function usePlayerState(player: Player): PlayerState {
  return useSyncExternalStore(player.state.subscribe, player.state.get);
}

/** The frame on screen, at most ten times a second while playing. */
export function useFrame(player: Player): FrameReading {
  return useSyncExternalStore(player.clock.reading.subscribe, player.clock.reading.get);
}
