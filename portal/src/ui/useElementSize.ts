import { useLayoutEffect, useState } from "react";

export interface Size {
  width: number;
  height: number;
}

/** The inner size of an element, kept up to date. Give `ref` to the element. */
export function useElementSize<Target extends HTMLElement>(): {
  ref: (element: Target | null) => void;
  size: Size;
  element: Target | null;
} {
  const [element, ref] = useState<Target | null>(null);
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    if (!element) return;
    const measure = (): void => setSize({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return { ref, size, element };
}
