// Load shedding: while the event loop is late, a part of the new work is refused, relayed requests before voice.
import type { Timers } from "../clock.ts";
import { EvenParts } from "./even-parts.ts";

/** Voice is what a person waits for while speaking: keys, calls, WebSockets and tools. Text is what is relayed. */
export type Priority = "voice" | "text";

export interface LoadShedding {
  /** Whether any new work is refused: asked first, as it nearly never is. */
  readonly isShedding: boolean;
  /** Whether one more request of that client may begin. Clients that send less than others are refused less. */
  admits(priority: Priority, client: string): boolean;
  /** When the one that was just refused may come again: not all at the same moment. */
  readonly retryAfterSeconds: number;
}

/** Admits everything. */
export const noLoadShedding: LoadShedding = { isShedding: false, admits: () => true, retryAfterSeconds: 1 };

export interface LoadFigures {
  /** The share of new work that is admitted, from 0 to 1. */
  voice: number;
  text: number;
}

/** A time in which work was refused. */
export interface Episode {
  seconds: number;
  refused: number;
  /** The longest that the event loop was late in it, in milliseconds. */
  delayMs: number;
}

export interface LoadPorts {
  timers: Pick<Timers, "after">;
  /** How many milliseconds an event that came since the last time waited on average until the event loop took it. */
  readDelay(): number;
  onBegin(delayMs: number): void;
  onEnd(episode: Episode): void;
}

export const SAMPLE_MS = 250;
/**
 * A connection is accepted once in a turn of the event loop, and a request takes several turns: at this delay, a turn takes about 100 ms
 * and a page that comes anew waits for the keys of its voice for half a second (measured, docs/running.md).
 */
export const LATE_MS = 50;
/** Below it more is admitted again; in between the shares stay, so that they do not swing. */
export const CALM_MS = 20;
/** The weight of a new sample in the mean, which is that of the last second or so. */
const WEIGHT = 0.25;
/** One pause, such as a collection or a large body, is no overload, however long: it counts for no more than this. */
const MOST_MS = 2 * LATE_MS;
/** Voice is refused later than text. */
const VOICE_LATE_MS = 1.5 * LATE_MS;
const SPREAD_SECONDS = 5;
/** Clients are counted over a second: in a shorter time most send one request or none. */
const RENEW_SAMPLES = 1000 / SAMPLE_MS;
/** In percent. Some are always let through, so that no caller is shut out, and the end of an overload is seen. */
const LEAST = { text: 10, voice: 50 } as const;

/** Measures until it is disposed of. */
export const createLoadShedding = (
  ports: LoadPorts,
): LoadShedding & Disposable & { figures(): LoadFigures } => {
  const load = new SheddingLoad(ports);
  load.begin();
  return load;
};

class SheddingLoad implements LoadShedding, Disposable {
  isShedding = false;
  readonly #ports: LoadPorts;
  /** In whole percent, since sums of them must be exact. */
  readonly #share = { voice: 100, text: 100 };
  /** What of the next request of each priority is admitted already: at 25 percent every fourth is. Below 0 where parts took it. */
  readonly #credit = { voice: 0, text: 0 };
  readonly #parts = { voice: new EvenParts(), text: new EvenParts() };
  #meanMs = 0;
  #samples = 0;
  #refused = 0;
  #longestMs = 0;
  #cancel: () => void = () => {};

  constructor(ports: LoadPorts) {
    this.#ports = ports;
  }

  begin(): void {
    this.#cancel = this.#ports.timers.after(SAMPLE_MS, () => {
      this.#take(this.#ports.readDelay());
      this.begin();
    });
  }

  admits(priority: Priority, client: string): boolean {
    const credit = this.#credit[priority] + this.#share[priority];
    // An even part is paid for with the credit of those that send more, so that the share stays what it is.
    const isAdmitted = this.#parts[priority].contains(client) || credit >= 100;
    this.#credit[priority] = isAdmitted ? credit - 100 : credit;
    if (!isAdmitted) this.#refused += 1;
    return isAdmitted;
  }

  get retryAfterSeconds(): number {
    return 1 + (this.#refused % SPREAD_SECONDS);
  }

  readonly figures = (): LoadFigures => ({
    voice: this.#share.voice / 100,
    text: this.#share.text / 100,
  });

  [Symbol.dispose](): void {
    this.#cancel();
  }

  #take(delayMs: number): void {
    this.#meanMs += WEIGHT * (Math.min(delayMs, MOST_MS) - this.#meanMs);
    if (this.#meanMs > LATE_MS) this.#shedMore(delayMs);
    else if (this.#meanMs < CALM_MS && this.isShedding) this.#shedLess();
    if (!this.isShedding) return;
    this.#samples += 1;
    if (this.#samples % RENEW_SAMPLES === 0) this.#renewParts();
    this.#longestMs = Math.max(this.#longestMs, delayMs);
  }

  #renewParts(): void {
    for (const priority of ["voice", "text"] as const) {
      this.#parts[priority].renew(this.#share[priority]);
      // Of a burst before, no debt is left to those who come now.
      this.#credit[priority] = Math.max(0, this.#credit[priority]);
    }
  }

  #shedMore(delayMs: number): void {
    const share = this.#share;
    if (!this.isShedding) {
      this.isShedding = true;
      this.#ports.onBegin(delayMs);
    }
    if (share.text > LEAST.text) share.text = Math.max(LEAST.text, Math.round(share.text * 0.7));
    else if (this.#meanMs > VOICE_LATE_MS) share.voice = Math.max(LEAST.voice, share.voice - 10);
  }

  #shedLess(): void {
    const share = this.#share;
    if (share.voice < 100) share.voice += 10;
    else share.text = Math.min(100, share.text + 5);
    if (share.voice < 100 || share.text < 100) return;
    this.isShedding = false;
    const seconds = (this.#samples * SAMPLE_MS) / 1000;
    this.#ports.onEnd({ seconds, refused: this.#refused, delayMs: this.#longestMs });
    this.#samples = this.#refused = this.#longestMs = 0;
  }
}
