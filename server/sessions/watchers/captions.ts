// A watcher that gives a page without a data channel what is said.
import type { CreateWatcher } from "./watcher.ts";

/** Of one caption; what is longer is cut. */
const MAX_CHARACTERS = 4000;

/** For sealed sessions; other pages read OpenAI's own events. */
export const captions: CreateWatcher = (control) => ({
  onFact: (fact) => {
    if (fact.kind !== "said" || control.session.supervision !== "sealed") return;
    const { by, text, isWhole } = fact;
    control.tell({ kind: "caption", by, text: text.slice(0, MAX_CHARACTERS), isWhole });
  },
});
