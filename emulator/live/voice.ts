// The voice of a GPT-Live session: says one text after the other, with a transcript as it speaks.
import type { Loudspeaker } from "../conversation/loudspeaker.ts";
import type { Speech } from "../speech/clips.ts";
import type { SendLive } from "./server-events.ts";

export interface VoicePorts {
  send: SendLive;
  randomId(prefix: string): string;
  speechFor(text: string): Speech;
  loudspeaker: Loudspeaker;
  /** Resolves after `ms`; rejects when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  elapsedMs(): number;
}

export class Voice {
  readonly #ports: VoicePorts;
  #queue = Promise.resolve();
  #waiting = 0;
  #stop = new AbortController();

  constructor(ports: VoicePorts) {
    this.#ports = ports;
  }

  get speaking(): boolean {
    return this.#waiting > 0 || this.#ports.loudspeaker.playing;
  }

  /** Resolves when it is said, or when it was interrupted. */
  say(text: string): Promise<void> {
    this.#waiting += 1;
    const { signal } = this.#stop;
    this.#queue = this.#queue
      .then(() => this.#speak(text, signal))
      .catch((reason: unknown) => {
        if (!signal.aborted) throw reason;
      })
      .finally(() => {
        this.#waiting -= 1;
      });
    return this.#queue;
  }

  /** Stops at once, and forgets what was still to be said. */
  interrupt(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#ports.loudspeaker.silence();
  }

  async #speak(text: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { loudspeaker, speechFor, randomId, send, wait, elapsedMs } = this.#ports;
    const speech = speechFor(text);
    const words = text.match(/\S+\s*/g) ?? [text];
    const id = randomId("utterance");
    loudspeaker.play({ responseId: id, itemId: id, contentIndex: 0 }, speech, {
      type: "audio/pcm",
      rate: 24_000,
    });
    const wordMs = speech.durationMs / words.length;
    const startMs = elapsedMs();
    for (const [index, delta] of words.entries()) {
      const start_ms = Math.round(startMs + index * wordMs);
      send({
        type: "session.output_transcript.delta",
        delta,
        start_ms,
        end_ms: Math.round(start_ms + wordMs),
      });
      await wait(wordMs * loudspeaker.pace, signal);
    }
  }
}

/** For sessions without media: speech that takes no time. */
export const silentLoudspeaker: Loudspeaker = {
  pace: 0,
  playing: false,
  play: () => [],
  silence: () => undefined,
  afterwards: (then) => then(),
};
