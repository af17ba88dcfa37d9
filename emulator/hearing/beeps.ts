// Recognises the beeps of Chromium's fake microphone (--use-fake-device-for-media-stream): short, loud, and at equal intervals.
import { FRAME_MS } from "./frames.ts";

const SHORTEST_INTERVAL = 400 / FRAME_MS;
const LONGEST_INTERVAL = 1200 / FRAME_MS;
const JITTER = 60 / FRAME_MS;
// A beep fades for about 100 ms; what is loud within it is no new one.
const LEAST_PAUSE = 200 / FRAME_MS;
// A knock or two may be as far apart by chance.
const BEEPS = 3;
/** How long the beeps count as one utterance, once they are recognised. */
const UTTERANCE = 1000 / FRAME_MS;
/** Afterwards the user listens, so that answers are heard to their end and tools have time to run. */
const LISTENING = 4000 / FRAME_MS;

export type BeepChange = "started" | "stopped";

export class Beeps {
  #frame = 0;
  #lastLoud = Number.NEGATIVE_INFINITY;
  #starts: number[] = [];
  #speakingUntil: number | undefined;
  #listeningUntil = 0;

  get speaking(): boolean {
    return this.#speakingUntil !== undefined;
  }

  /** Real speech is heard instead: what was loud was no beep. */
  giveWay(): undefined {
    this.#frame += 1;
    this.#starts = [];
    this.#lastLoud = this.#frame;
    this.#listeningUntil = this.#frame + LISTENING;
  }

  /** Ends an utterance without a word, because the buffer was cleared. */
  reset(): void {
    this.#speakingUntil = undefined;
    this.#starts = [];
  }

  /** Takes the next frame; `answering` says whether the model speaks, which beeps never interrupt. */
  hear(loud: boolean, answering: boolean): BeepChange | undefined {
    this.#frame += 1;
    if (loud) this.#notice();
    if (this.#speakingUntil !== undefined) return this.#goOn(this.#speakingUntil);
    if (answering) this.#listeningUntil = this.#frame + LISTENING;
    if (!loud || this.#frame < this.#listeningUntil || !this.#areRegular()) return undefined;
    this.#speakingUntil = this.#frame + UTTERANCE;
    return "started";
  }

  #notice(): void {
    if (this.#frame - this.#lastLoud > LEAST_PAUSE)
      this.#starts = [...this.#starts, this.#frame].slice(-BEEPS);
    this.#lastLoud = this.#frame;
  }

  #goOn(until: number): BeepChange | undefined {
    if (this.#frame < until) return undefined;
    this.#speakingUntil = undefined;
    this.#listeningUntil = this.#frame + LISTENING;
    return "stopped";
  }

  #areRegular(): boolean {
    const intervals = this.#starts.slice(1).map((start, index) => start - (this.#starts[index] ?? 0));
    if (intervals.length < BEEPS - 1 || this.#frame - (this.#starts.at(-1) ?? 0) > JITTER) return false;
    const [shortest, longest] = [Math.min(...intervals), Math.max(...intervals)];
    return shortest >= SHORTEST_INTERVAL && longest <= LONGEST_INTERVAL && longest - shortest <= JITTER;
  }
}
