import { createContext, useContext } from "react";
import { clockLabel, labelOf, type Player } from "@/player";
import type { Anchor } from "./commentModel";
import type { Timing } from "./media";

export interface PageTurner {
  /** From 1. */
  readonly current: number;
  readonly shown: number;
  readonly go: (page: number) => void;
}

/** What the parts of a review room share: its player, and the range being marked. */
export interface Room {
  readonly player: Player;
  /** Null for stills and files without time. */
  readonly timing: Timing | null;
  readonly range: Anchor | null;
  readonly setRange: (range: Anchor | null) => void;
  /** The page that is shown of a document; null where there are none. */
  readonly page: PageTurner | null;
}

const RoomContext = createContext<Room | null>(null);

export const RoomProvider = RoomContext.Provider;

export function useRoom(): Room {
  const room = useContext(RoomContext);
  if (!room) throw new Error("useRoom belongs inside a review room");
  return room;
}

/** A position in words: timecode on video, minutes and seconds on sound. */
export function positionLabel(position: number, timing: Timing): string {
  return timing.unit === "frame" ? labelOf(position, timing.timebase) : clockLabel(position / 1000);
}
