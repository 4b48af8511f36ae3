import type { RefObject } from "react";
import { useShortcuts } from "@/ui";
import { neighbour, type Thread } from "./commentModel";
import { markIn, markOut } from "./range";
import type { Room } from "./room";

interface ReviewKeys {
  room: Room;
  threads: readonly Thread[];
  open: (thread: Thread) => void;
  composer: RefObject<HTMLTextAreaElement | null>;
  toggleFullscreen: () => void;
}

/** The keys of the review room; those of the player only where something plays. */
export function useReviewKeys({ room, threads, open, composer, toggleFullscreen }: ReviewKeys): void {
  const { player, timing, range, setRange, sketch } = room;
  // On sound a "frame" is a millisecond, and a step is a tenth of a second.
  const step = timing?.unit === "ms" ? 100 : 1;
  const last = Math.max(0, (timing?.timebase.frameCount ?? player.state.get().reachable) - 1);
  const go = (frame: number): void => {
    player.pause();
    void player.seek(frame);
  };
  const goToComment = (direction: 1 | -1): void => {
    const thread = neighbour(threads, player.clock.current, direction);
    if (thread) open(thread);
  };
  useShortcuts(
    [
      ["Space", () => player.toggle()],
      ["k", () => player.toggle()],
      ["j", () => player.shuttle(-1)],
      ["l", () => player.shuttle(1)],
      ["ArrowLeft", () => player.step(-step)],
      ["ArrowRight", () => player.step(step)],
      ["Shift+ArrowLeft", () => player.step(-10 * step)],
      ["Shift+ArrowRight", () => player.step(10 * step)],
      ["Home", () => go(0)],
      ["End", () => go(last)],
      ["i", () => setRange(markIn(range, player.clock.current))],
      ["o", () => setRange(markOut(range, player.clock.current))],
      ["x", () => setRange(null)],
      ["m", () => player.toggleMuted()],
      ["f", toggleFullscreen],
    ],
    timing !== null,
  );
  useShortcuts(
    [
      [
        "d",
        () => {
          player.pause();
          sketch?.turn(!sketch.isOn);
        },
      ],
    ],
    sketch !== null,
  );
  useShortcuts([
    ["[", () => goToComment(-1)],
    ["]", () => goToComment(1)],
    [
      "c",
      () => {
        player.pause();
        composer.current?.focus();
      },
    ],
  ]);
}
