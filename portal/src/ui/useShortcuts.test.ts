import { renderHook } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { useShortcuts } from "./useShortcuts";

afterEach(() => document.body.replaceChildren());

function put(html: string): Element {
  document.body.innerHTML = html;
  const [target] = document.body.querySelectorAll("[data-target]");
  if (!target) throw new Error("nothing to press a key on");
  return target;
}

function press(target: Element, key: string): void {
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

it("acts on a page", () => {
  const act = vi.fn();
  renderHook(() => useShortcuts([["f", act]]));
  press(put("<div data-target></div>"), "f");
  expect(act).toHaveBeenCalledOnce();
});

it.each([
  ["text is written", "<textarea data-target></textarea>"],
  ["a dialog itself has the focus", '<section role="dialog" data-rac data-target></section>'],
  ["a dialog that asks is open", '<section role="alertdialog" data-rac data-target></section>'],
  [
    "the focus is beside an open dialog",
    '<section role="alertdialog" data-rac></section><i data-target></i>',
  ],
])("does nothing while %s", (_when, html) => {
  const act = vi.fn();
  renderHook(() => useShortcuts([["f", act]]));
  press(put(html), "f");
  expect(act).not.toHaveBeenCalled();
});
