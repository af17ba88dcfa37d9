// The switch to the text chat, which opens by itself where voice is impossible.
import type { View } from "../state/store.ts";
import { part } from "./part.ts";

/** Shows and hides the text chat; `prepare` is called before it is first shown. */
export const writingView = (actions: {
  write(writing: boolean): void;
  prepareWriting(): { focus(): void };
}): View => {
  const card = part("writing", HTMLElement);
  const open = part("write", HTMLButtonElement);
  let chat: { focus(): void } | undefined;
  open.addEventListener("click", () => {
    actions.write(true);
    // The button is hidden now, and would take the focus with it.
    chat?.focus();
  });
  part("close-writing", HTMLButtonElement).addEventListener("click", () => {
    actions.write(false);
    open.focus();
  });
  return ({ writing, access }) => {
    open.disabled = access !== "granted";
    open.hidden = writing;
    card.hidden = !writing;
    if (writing) chat ??= actions.prepareWriting();
  };
};
