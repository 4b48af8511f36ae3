import { createContext, useContext } from "react";
import { clockLabel, labelOf, type Player } from "@/player";
import type { Anchor } from "./commentModel";
import type { Timing } from "./media";
import type { Shape } from "./shapes";

export interface PageTurner {
  /** From 1. */
  readonly current: number;
  readonly shown: number;
  readonly go: (page: number) => void;
}

/** What is drawn to go with the next comment. */
export interface Sketch {
  readonly shapes: readonly Shape[];
  readonly set: (shapes: readonly Shape[]) => void;
  /** Whether the picture is drawn on at the moment. */
  readonly isOn: boolean;
  readonly turn: (on: boolean) => void;
}

/** What came with the comment that is open. */
export interface Drawn {
  readonly annotation: unknown;
  readonly anchor: Anchor | null;
  readonly page: number | null;
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
  /** Null where there is no picture to draw on, or nobody who may. */
  readonly sketch: Sketch | null;
  readonly drawn: Drawn | null;
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
