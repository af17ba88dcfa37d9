// From the user's audio to turns: a transcript of each, and the moment at which it began and ended.
import { Frames } from "../hearing/frames.ts";
import { InputAudio } from "../hearing/input-audio.ts";
import type { TurnDetection } from "../session/session-schema.ts";
import type { SendLive } from "./server-events.ts";

export interface ListenerPorts {
  send: SendLive;
  /** The transcript from the script. */
  scripted(): string | undefined;
  /** Whether the model speaks, or is about to. */
  answering(): boolean;
  speechStarted(): void;
  turnEnded(): void;
}

// GPT-Live has no turn detection to configure; the emulator listens as a Realtime session does by default.
const detection: TurnDetection = { type: "server_vad", threshold: 0.5, silence_duration_ms: 500 };

export class Listener {
  readonly #ports: ListenerPorts;
  readonly #input = new InputAudio();
  #frames: { rate: number; frames: Frames } | undefined;

  constructor(ports: ListenerPorts) {
    this.#ports = ports;
  }

  get secondsOfSpeech(): number {
    return this.#input.totalSpeechMs / 1000;
  }

  hear(samples: Float32Array, rate: number): void {
    if (this.#frames?.rate !== rate) this.#frames = { rate, frames: new Frames(rate) };
    for (const level of this.#frames.frames.cut(samples)) {
      const heard = this.#input.hear(level, detection, this.#ports.answering());
      if (heard && "started" in heard) this.#ports.speechStarted();
      if (heard && "stopped" in heard) {
        const { startMs, endMs, speechMs } = heard.stopped;
        this.hearWords(`(the emulator heard ${(speechMs / 1000).toFixed(1)} s of speech)`, startMs, endMs);
      }
    }
  }

  /** A whole turn of the user; the script's words, where it has some, come in place of these. */
  hearWords(words: string, startMs: number, endMs: number): void {
    const deltas = (this.#ports.scripted() ?? words).match(/\S+\s*/g) ?? [];
    const wordMs = (endMs - startMs) / Math.max(1, deltas.length);
    for (const [index, delta] of deltas.entries()) {
      const start_ms = Math.round(startMs + index * wordMs);
      this.#ports.send({
        type: "session.input_transcript.delta",
        delta,
        start_ms,
        end_ms: Math.round(start_ms + wordMs),
      });
    }
    this.#ports.turnEnded();
  }
}
