import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { Dialog } from "./Dialog";

async function clickBeside(children: React.ReactNode, written: string): Promise<boolean> {
  const onClose = vi.fn();
  render(
    <Dialog isOpen title="Ask" onClose={onClose}>
      {children}
    </Dialog>,
  );
  const user = userEvent.setup();
  if (written) await user.type(screen.getByRole("textbox"), written);
  await user.click(document.body);
  return onClose.mock.calls.length > 0;
}

it("a click beside a dialog closes it", async () => {
  expect(await clickBeside(<input aria-label="Name" />, "")).toBe(true);
});

it("but not over what somebody has written", async () => {
  expect(await clickBeside(<input aria-label="Name" />, "a")).toBe(false);
});

it("nor over what is shown this once", async () => {
  expect(await clickBeside(<p data-once>the link</p>, "")).toBe(false);
});
