// Copies of a session's audio for its sidebands: ten pieces a second for each direction, silence where nothing is heard or said.
import { toBytes } from "../speech/pcm.ts";

export interface AudioCopyPorts {
  /** Calls `tick` periodically; returns how to stop. */
  every(ms: number, tick: () => void): () => void;
  /** Sends one copy to all sidebands. */
  emit(text: string): void;
  elapsedMs(): number;
}

const PIECE_MS = 100;
const PIECE_SAMPLES = 2400;
// Packets come in bursts; what is more than a second late is left out.
const MOST_WAITING = 10 * PIECE_SAMPLES;
const SILENCE = Buffer.alloc(PIECE_SAMPLES * 2).toString("base64");

export class AudioCopies {
  readonly #ports: AudioCopyPorts;
  readonly #heard = new Waiting();
  readonly #said = new Waiting();
  #stop: (() => void) | undefined;
  /** Up to where it is copied, in the session's milliseconds. */
  #copiedMs = 0;

  constructor(ports: AudioCopyPorts) {
    this.#ports = ports;
  }

  get running(): boolean {
    return this.#stop !== undefined;
  }

  /** From now on; without a listener nothing is copied. */
  start(): void {
    if (this.#stop) return;
    this.#copiedMs = this.#ports.elapsedMs();
    this.#stop = this.#ports.every(PIECE_MS, () => this.#copyDue());
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /** Samples of the user at 24 kHz, muted or not. */
  hear(samples: Float32Array): void {
    if (this.running) this.#heard.add(samples);
  }

  /** Samples of the model at 24 kHz. */
  say(samples: Float32Array): void {
    if (this.running) this.#said.add(samples);
  }

  // Timers fire late: all pieces that are due are sent together, so that the audio keeps its length.
  #copyDue(): void {
    while (this.#copiedMs + PIECE_MS <= this.#ports.elapsedMs()) this.#copy();
  }

  #copy(): void {
    const start = Math.round(this.#copiedMs);
    const end = start + PIECE_MS;
    this.#copiedMs += PIECE_MS;
    this.#ports.emit(`{"type":"session.input_audio.append","audio":"${this.#heard.take()}"}`);
    this.#ports.emit(
      `{"type":"session.output_audio.delta","delta":"${this.#said.take()}","start_ms":${start},"end_ms":${end}}`,
    );
  }
}

/** Samples that are not copied yet. */
class Waiting {
  #samples = new Float32Array(MOST_WAITING);
  #count = 0;

  add(samples: Float32Array): void {
    const fitting = samples.subarray(0, MOST_WAITING - this.#count);
    this.#samples.set(fitting, this.#count);
    this.#count += fitting.length;
  }

  /** The next piece as base64 PCM, filled up with silence. */
  take(): string {
    if (this.#count === 0) return SILENCE;
    const piece = new Float32Array(PIECE_SAMPLES);
    piece.set(this.#samples.subarray(0, Math.min(this.#count, PIECE_SAMPLES)));
    this.#samples.copyWithin(0, PIECE_SAMPLES, this.#count);
    this.#count = Math.max(0, this.#count - PIECE_SAMPLES);
    return toBytes(piece, { type: "audio/pcm", rate: 24_000 }).toString("base64");
  }
}
