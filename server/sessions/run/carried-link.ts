// The two ends of a carried session: the page's WebSocket and OpenAI's, which the session is also watched over by.
import type { Timers } from "../../clock.ts";
import { isJsonRecord } from "../../json/record.ts";
import {
  type CarriedSocket,
  JoinRefused,
  type UpstreamCalls,
  type VoiceSocket,
  type VoiceSocketReceiver,
} from "../../upstream/calls.ts";
import { OneWayFlow } from "./one-way-flow.ts";

/** OpenAI did not take the session that it was given. */
export class SessionNotTaken extends Error {
  constructor(reason: string) {
    super(`OpenAI does not take the session: ${reason}`);
    this.name = "SessionNotTaken";
  }
}

/** Which end closed first. */
export type ClosedBy = "openai" | "page" | "service";

type Accepted = Pick<PromiseWithResolvers<void>, "promise" | "reject" | "resolve">;

export class CarriedLink {
  /** Resolves when both ends are closed. */
  readonly ended: Promise<void>;
  /** For the session's run: what it joins is OpenAI's end. */
  readonly calls: UpstreamCalls = {
    joinCall: async (_, receiver) => this.#join(receiver),
    hangUp: async () => this.close(),
    createCall: () => Promise.reject(new Error("a carried session is created by its WebSocket")),
    openCarried: () => Promise.reject(new Error("a carried session is opened once")),
  };
  readonly #settle: () => void;
  readonly #timers: Pick<Timers, "after">;
  readonly #accepted: Accepted = Promise.withResolvers<void>();
  #upstream: CarriedSocket | undefined;
  #page: CarriedSocket | undefined;
  #toPage: OneWayFlow | undefined;
  #watcher: VoiceSocketReceiver | undefined;
  /** OpenAI's first messages, until the page's end is open. */
  #early: Buffer[] = [];
  #closedBy: ClosedBy | undefined;
  #onClosed: ((by: ClosedBy) => void) | undefined;
  #openEnds = 0;

  constructor(timers: Pick<Timers, "after">) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#settle = resolve;
    this.#timers = timers;
    // It may close before it is waited for.
    this.#accepted.promise.catch(() => {});
  }

  /** Opens OpenAI's end, gives it the session by the events, and resolves with the key's name when OpenAI has taken it. */
  async open(
    openEnd: (receiver: VoiceSocketReceiver) => ReturnType<UpstreamCalls["openCarried"]>,
    events: readonly unknown[],
    signal: AbortSignal,
  ): Promise<string> {
    const { socket, upstreamKey } = await openEnd({
      onMessage: (message) => this.#fromOpenAi(message),
      onClose: (code) => this.#openAiClosed(code),
    });
    this.#upstream = socket;
    this.#openEnds += 1;
    const fail = (): void => this.#accepted.reject(signal.reason ?? new SessionNotTaken("no answer in time"));
    const cancel = this.#timers.after(TAKE_MS, fail);
    signal.addEventListener("abort", fail);
    try {
      for (const event of events) socket.send(JSON.stringify(event));
      await this.#accepted.promise;
      return upstreamKey;
    } finally {
      cancel();
      signal.removeEventListener("abort", fail);
    }
  }

  /** Opens the page's end, and passes on all that comes from both. `onClosed` is told once which end closed first. */
  accept(openEnd: (receiver: VoiceSocketReceiver) => CarriedSocket, onClosed: (by: ClosedBy) => void): void {
    const upstream = this.#upstream;
    if (!upstream || this.#closedBy) throw new SessionNotTaken("it was closed");
    this.#onClosed = onClosed;
    let toOpenAi: OneWayFlow | undefined;
    const page = openEnd({
      onMessage: (message) => toOpenAi?.pass(message),
      onClose: () => {
        toOpenAi?.stop();
        this.#closed("page");
      },
    });
    this.#page = page;
    this.#openEnds += 1;
    toOpenAi = new OneWayFlow(page, upstream, this.#timers, () => this.close("openai"));
    this.#toPage = new OneWayFlow(upstream, page, this.#timers, () => this.close("page"));
    for (const message of this.#early.splice(0)) this.#toPage.pass(message);
  }

  /** `by`: whose end makes it necessary. */
  close(by: ClosedBy = "service"): void {
    this.#note(by);
    this.#upstream?.close();
    this.#page?.close();
  }

  #join(receiver: VoiceSocketReceiver): VoiceSocket {
    // Once its connection is lost, it is over.
    if (!this.#upstream || this.#closedBy || this.#watcher) throw new JoinRefused(404);
    this.#watcher = receiver;
    return this.#upstream;
  }

  #fromOpenAi(message: Buffer): void {
    this.#watcher?.onMessage(message);
    if (this.#toPage) this.#toPage.pass(message);
    else this.#fromOpenAiEarly(message);
  }

  #fromOpenAiEarly(message: Buffer): void {
    if (this.#early.length < MOST_EARLY) this.#early.push(message);
    else this.close();
    const event = eventIn(message);
    if (event.type === "session.updated") this.#accepted.resolve();
    if (event.type === "error") this.#accepted.reject(new SessionNotTaken(codeOf(event.error)));
  }

  #openAiClosed(code: number): void {
    this.#accepted.reject(new SessionNotTaken(`closed with ${code}`));
    this.#toPage?.stop();
    this.#closed("openai");
    this.#page?.close();
  }

  // OpenAI's end is left open when the page's closes: what a last response used may still come. Its run closes it.
  #closed(by: ClosedBy): void {
    this.#openEnds -= 1;
    this.#note(by);
    if (this.#openEnds === 0) this.#settle();
  }

  #note(by: ClosedBy): void {
    if (this.#closedBy) return;
    this.#closedBy = by;
    this.#onClosed?.(by);
  }
}

const TAKE_MS = 10_000;
/** Until the page's end is open, OpenAI has nothing to say but what the session is. */
const MOST_EARLY = 100;

const eventIn = (message: Buffer): Record<string, unknown> => {
  try {
    const event: unknown = JSON.parse(message.toString("utf8"));
    return isJsonRecord(event) ? event : {};
  } catch {
    return {};
  }
};

const codeOf = (error: unknown): string => {
  const code = isJsonRecord(error) ? (error.code ?? error.type) : undefined;
  return typeof code === "string" ? code.slice(0, 64) : "error";
};
