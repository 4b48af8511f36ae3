import { type FocusEvent, useRef, useState } from "react";

/**
 * Whether somebody is at work in an element: since the focus came in, until it goes elsewhere. Some browsers let the
 * focus go when a button is pressed; a press inside is no leaving.
 */
export function useWithin() {
  const [isWithin, setWithin] = useState(false);
  const pressed = useRef(false);
  const handlers = {
    onFocus: () => setWithin(true),
    onPointerDown: () => {
      pressed.current = true;
    },
    onBlur: ({ currentTarget, relatedTarget }: FocusEvent<HTMLElement>) => {
      if (!pressed.current && !currentTarget.contains(relatedTarget)) setWithin(false);
      pressed.current = false;
    },
  };
  return { isWithin, handlers };
}
