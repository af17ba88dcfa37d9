// Takes an answer as a caller's connection would, and tells what came.
import type { Flow, Recipient } from "../../server/upstream/relay.ts";

export interface TestRecipient extends Recipient {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** How it ended, so far. */
  readonly ending: "none" | "whole" | string;
  /** Takes no more until `resume`. */
  pause(): void;
  resume(): void;
}

/** `takes` is after how many chunks it pauses by itself, as a full connection does. */
export const testRecipient = (takes = Number.POSITIVE_INFINITY): TestRecipient => {
  let flow: Flow | undefined;
  let left = takes;
  const seen = { status: undefined as number | undefined, headers: {}, text: "", ending: "none" };
  return {
    get status() {
      return seen.status;
    },
    get headers() {
      return seen.headers;
    },
    get text() {
      return seen.text;
    },
    get ending() {
      return seen.ending;
    },
    pause: () => flow?.pause(),
    resume: () => {
      left = Number.POSITIVE_INFINITY;
      flow?.resume();
    },
    onHead: (status, headers, source) => {
      Object.assign(seen, { status, headers });
      flow = source;
    },
    onData: (chunk) => {
      seen.text += Buffer.from(chunk).toString();
      left -= 1;
      if (left === 0) flow?.pause();
    },
    onEnd: () => {
      seen.ending = seen.ending === "none" ? "whole" : "ended twice";
    },
    onBreak: ({ message }) => {
      seen.ending = message;
    },
  };
};

/** The way an answer comes in, which tells whether it was asked to wait. */
export const testFlow = (): Flow & { readonly isPaused: boolean } => {
  let isPaused = false;
  return {
    get isPaused() {
      return isPaused;
    },
    pause: () => {
      isPaused = true;
    },
    resume: () => {
      isPaused = false;
    },
  };
};
