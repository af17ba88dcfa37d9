// Announces each line to screen readers once it is complete; the growing bubbles are not live regions.
import type { Entry } from "../state/entries.ts";
import type { View } from "../state/store.ts";
import { make, part } from "./part.ts";

const KEPT = 5;

const sentence = (entry: Entry): string | undefined => {
  switch (entry.kind) {
    case "line":
      if (!entry.line.final || !entry.line.text) return undefined;
      return `${entry.line.role === "user" ? "You" : "Assistant"}: ${entry.line.text}`;
    case "unwritten":
      return entry.profile && "You spoke. Your words are not shown: there is no input transcription.";
    case "tool":
      return entry.call.status === "running" ? undefined : `Tool ${entry.call.name} ${entry.call.status}.`;
    case "note":
      return entry.problem.title;
    case "session":
      return undefined;
  }
};

/** Announces each finished entry once (`aria-live=polite`). */
export const announcer = (): View => {
  const log = part("announcer", HTMLElement);
  const announced = new Set<string>();
  return ({ entries }) => {
    for (const entry of entries) {
      if (announced.has(entry.key)) continue;
      const words = sentence(entry);
      if (!words) continue;
      announced.add(entry.key);
      log.append(make("p", "", words));
      while (log.childElementCount > KEPT) log.firstElementChild?.remove();
    }
  };
};
