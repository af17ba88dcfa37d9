// The view of the conversation: bubbles, tool calls and notes.
import type { Entry } from "../state/entries.ts";
import type { View } from "../state/store.ts";
import { drawEntry } from "./entry.ts";
import { part, setText } from "./part.ts";

// The view scrolls along while it is within this distance of the end; further up, the reader is reading back.
const FOLLOW_PX = 80;

const count = (entries: Entry[], kind: Entry["kind"], one: string, many: string): string | undefined => {
  const found = entries.filter((entry) => entry.kind === kind).length;
  return found === 0 ? undefined : `${found} ${found === 1 ? one : many}`;
};

/** Draws the conversation; entries that have not changed are not redrawn. */
export const conversationView = (): View => {
  const list = part("entries", HTMLOListElement);
  const scroller = part("scroller", HTMLElement);
  const empty = part("empty", HTMLElement);
  const counts = part("counts", HTMLElement);
  const drawn = new Map<string, { entry: Entry; item: HTMLLIElement }>();
  let shown: Entry[] | undefined;
  // Focusable for the arrow keys: not every browser makes a scrolling element focusable.
  scroller.tabIndex = 0;

  const place = (entry: Entry): void => {
    const before = drawn.get(entry.key);
    if (before?.entry === entry) return;
    const item = before?.item ?? document.createElement("li");
    drawEntry(item, entry);
    if (!before) list.append(item);
    drawn.set(entry.key, { entry, item });
  };

  const dropMissing = (entries: Entry[]): void => {
    if (drawn.size === entries.length) return;
    const kept = new Set(entries.map(({ key }) => key));
    for (const [key, { item }] of drawn) {
      if (kept.has(key)) continue;
      item.remove();
      drawn.delete(key);
    }
  };

  return ({ entries }) => {
    if (entries === shown) return;
    shown = entries;
    const follows = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < FOLLOW_PX;
    for (const entry of entries) place(entry);
    dropMissing(entries);
    empty.hidden = entries.length > 0;
    const parts = [
      count(entries, "line", "line", "lines"),
      count(entries, "tool", "tool call", "tool calls"),
    ];
    setText(counts, parts.filter(Boolean).join(" · "));
    if (follows) scroller.scrollTop = scroller.scrollHeight;
  };
};
