// Answers that the page gives to calls of the service's tools: each is taken out, and what the model says under one is stopped.
import type { Fact } from "../dialects/fact.ts";
import type { SessionControl } from "./watcher.ts";

/** How often a page may answer the same call: clients that know no such tool say so once. */
const MAX_PER_CALL = 1;
/** Calls of which the page's answers are remembered. */
const MAX_REMEMBERED = 1000;

export interface ForeignAnswers {
  /** An answer of the page's to a call that is the service's. */
  refuse(callId: string, itemId: string | undefined): void;
  onFact(fact: Fact): void;
}

/** `isAnswered`: whether the service's own answer of the call went out. */
export const createForeignAnswers = (
  control: SessionControl,
  isAnswered: (callId: string) => boolean,
): ForeignAnswers => {
  const { session, dialect } = control;
  const times = new Map<string, number>();
  /** What OpenAI has not taken out yet: the ids of the items, and their calls. */
  const present = new Map<string, string>();

  const onResponse = (responseId: string): void => {
    if (present.size === 0) return;
    const calls = [...present.values()];
    // The removal goes before what is sent from here on.
    present.clear();
    if (!dialect.cancel) return;
    control.send([dialect.cancel(responseId, control.eventPrefix())]);
    // Otherwise the model goes on when the answer is there.
    if (calls.some(isAnswered)) control.goOn();
  };
  return {
    refuse: (callId, itemId) => {
      if (itemId !== undefined && present.has(itemId)) return;
      const count = (times.get(callId) ?? 0) + 1;
      times.set(callId, count);
      if (times.size > MAX_REMEMBERED) times.delete(times.keys().next().value ?? "");
      const removal = itemId === undefined ? undefined : dialect.remove?.(itemId, control.eventPrefix());
      if (itemId !== undefined && removal) {
        present.set(itemId, callId);
        control.send([removal]);
      }
      const isPutRight = removal !== undefined && count <= MAX_PER_CALL;
      if (!isPutRight && session.supervision !== "watch") control.end("altered");
    },
    onFact: (fact) => {
      if (fact.kind === "removed") present.delete(fact.itemId);
      if (fact.kind === "response-began") onResponse(fact.responseId);
    },
  };
};
