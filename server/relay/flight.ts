// One answer for several callers who asked the same: each gets all of it, from whenever he joined.
import type { Flow, Recipient } from "../upstream/relaying.ts";
import type { KeptAnswer } from "./answers.ts";

export interface Flight extends Recipient {
  /** Ends when nobody waits any more. */
  readonly signal: AbortSignal;
  /** Whether another may still join: not when too much has passed to be remembered. */
  readonly isOpen: boolean;
  /** Takes part until the caller's signal ends that. */
  join(recipient: Recipient, signal: AbortSignal): void;
  /** The whole answer, once it has come and was not too large. */
  whole(): KeptAnswer | undefined;
}

const idle: Flow = { pause: () => {}, resume: () => {} };

/** Remembers up to `maxBytes`. */
export const createFlight = (maxBytes: number): Flight => {
  const nobody = new AbortController();
  const aboard = new Set<Recipient>();
  // The slowest one sets the pace.
  const waiting = new Set<Recipient>();
  let head: Omit<KeptAnswer, "body"> | undefined;
  let flow = idle;
  let chunks: Buffer[] | undefined = [];
  let length = 0;
  let isWhole = false;

  const goOn = (recipient: Recipient): void => {
    if (waiting.delete(recipient) && waiting.size === 0) flow.resume();
  };
  const flowFor = (recipient: Recipient): Flow => ({
    pause: () => {
      waiting.add(recipient);
      flow.pause();
    },
    resume: () => goOn(recipient),
  });
  const leave = (recipient: Recipient): void => {
    aboard.delete(recipient);
    goOn(recipient);
    if (aboard.size === 0) nobody.abort(new Error("nobody waits for it any more"));
  };

  return {
    signal: nobody.signal,
    get isOpen() {
      return chunks !== undefined && !isWhole && !nobody.signal.aborted;
    },
    join: (recipient, signal) => {
      aboard.add(recipient);
      signal.addEventListener("abort", () => {
        if (!aboard.has(recipient)) return;
        leave(recipient);
        if (head) recipient.onBreak(new Error("the caller left"));
      });
      if (!head) return;
      recipient.onHead(head.status, head.headers, flowFor(recipient));
      for (const chunk of chunks ?? []) recipient.onData(chunk);
    },
    whole: () => (head && chunks && isWhole ? { ...head, body: Buffer.concat(chunks) } : undefined),
    onHead: (status, headers, source) => {
      head = { status, headers };
      flow = source;
      for (const each of [...aboard]) each.onHead(status, headers, flowFor(each));
    },
    onData: (chunk) => {
      length += chunk.length;
      if (length > maxBytes) chunks = undefined;
      chunks?.push(Buffer.from(chunk));
      for (const each of [...aboard]) each.onData(chunk);
    },
    onEnd: () => {
      isWhole = true;
      for (const each of [...aboard]) each.onEnd();
    },
    onBreak: (reason) => {
      chunks = undefined;
      for (const each of [...aboard]) each.onBreak(reason);
    },
  };
};
