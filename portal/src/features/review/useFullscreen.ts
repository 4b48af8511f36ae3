import { type RefObject, useCallback, useEffect, useState } from "react";

/** Puts an element, with all that is in it, over the whole screen and back. */
export function useFullscreen(target: RefObject<HTMLElement | null>): { isOn: boolean; toggle: () => void } {
  const [isOn, setOn] = useState(false);
  useEffect(() => {
    const follow = (): void =>
      setOn(document.fullscreenElement !== null && document.fullscreenElement === target.current);
    document.addEventListener("fullscreenchange", follow);
    return () => document.removeEventListener("fullscreenchange", follow);
  }, [target]);
  const toggle = useCallback(() => {
    // A browser may refuse without a gesture; nothing else depends on it.
    const change = document.fullscreenElement
      ? document.exitFullscreen()
      : target.current?.requestFullscreen();
    void change?.catch(() => undefined);
  }, [target]);
  return { isOn, toggle };
}
