import { useEffect, useRef } from "react";

/** Keys as `k`, `?`, `Shift+ArrowLeft`, `Mod+a`, each with what it does. */
export type Shortcuts = readonly (readonly [key: string, act: () => void])[];

/** The name of a key press; Shift is named only with keys that it does not change into others. */
export function keyName(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const shifted =
    event.shiftKey && (event.key.length > 1 || event.key.toLowerCase() !== event.key.toUpperCase());
  return [
    (event.ctrlKey || event.metaKey) && "Mod",
    event.altKey && "Alt",
    shifted && "Shift",
    key === " " ? "Space" : key,
  ]
    .filter(Boolean)
    .join("+");
}

const WRITING =
  "input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable=true], [role=menu] *, [role=listbox] *";
/** A dialog itself has the focus until something in it takes it. */
const DIALOG = "[role=dialog], [role=alertdialog]";
/** What presses a focused control: Space a button or box, Enter a link as well. */
const PRESSING: Readonly<Record<string, string>> = {
  Space: "button, [role=button], [role=checkbox], [role=tab]",
  Enter: "button, [role=button], a[href]",
};

function isTaken(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof Element) || event.defaultPrevented) return event.defaultPrevented;
  if (target.closest(DIALOG) || document.querySelector(":is([role=dialog], [role=alertdialog])[data-rac]"))
    return true;
  const pressing = PRESSING[keyName(event)];
  return target.closest(WRITING) !== null || (pressing !== undefined && target.closest(pressing) !== null);
}

/** Runs shortcuts while the component is there; never while someone is writing or a dialog is open. */
export function useShortcuts(shortcuts: Shortcuts, isEnabled = true): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    if (!isEnabled) return;
    const onKeyDown = (event: KeyboardEvent): void => {
      const pressed = keyName(event);
      const shortcut = latest.current.find(([key]) => key === pressed);
      if (!shortcut || isTaken(event)) return;
      event.preventDefault();
      shortcut[1]();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [isEnabled]);
}
