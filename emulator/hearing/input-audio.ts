// The input audio buffer: its length, and where speech begins and ends in it.
import type { TurnDetection } from "../session/session-schema.ts";
import { Beeps } from "./beeps.ts";
import { FRAME_MS } from "./frames.ts";
import { ONSET_MS, type Sensitivity, sensitivityOf, VoiceActivity } from "./voice-activity.ts";

const QUIET: Sensitivity = { gate: 0.01, silenceMs: Number.POSITIVE_INFINITY };

export interface Utterance {
  startMs: number;
  endMs: number;
  /** The part of it that was speech. */
  speechMs: number;
}

export type Heard = { started: number } | { stopped: Utterance };

export class InputAudio {
  readonly #activity = new VoiceActivity();
  readonly #beeps = new Beeps();
  #nowMs = 0;
  #bufferStartMs = 0;
  #speechStartMs = 0;
  #speechMs = 0;
  #totalSpeechMs = 0;

  /** All speech heard in this session. */
  get totalSpeechMs(): number {
    return this.#totalSpeechMs;
  }

  get bufferedMs(): number {
    return this.#nowMs - this.#bufferStartMs;
  }

  /** Takes one frame; with turn detection it returns the start or the end of speech. `answering`: the model speaks. */
  hear(level: number, detection: TurnDetection | null, answering = false): Heard | undefined {
    this.#nowMs += FRAME_MS;
    const sensitivity = detection ? sensitivityOf(detection) : QUIET;
    if (level >= sensitivity.gate) {
      this.#speechMs += FRAME_MS;
      this.#totalSpeechMs += FRAME_MS;
    }
    if (!detection) return undefined;
    const isLoud = level >= sensitivity.gate;
    const beeped = this.#activity.speaking ? this.#beeps.giveWay() : this.#beeps.hear(isLoud, answering);
    if (beeped === "started") return { started: this.#startSpeech(detection) };
    if (beeped === "stopped") return { stopped: this.#stopSpeech(0) };
    if (this.#beeps.speaking) return undefined;
    const change = this.#activity.hear(level, sensitivity);
    if (change === "started") return { started: this.#startSpeech(detection) };
    if (change === "stopped") return { stopped: this.#stopSpeech(sensitivity.silenceMs) };
    return undefined;
  }

  /** Empties the buffer, for a manual commit. */
  commit(): Utterance {
    const utterance = { startMs: this.#bufferStartMs, endMs: this.#nowMs, speechMs: this.#speechMs };
    this.clear();
    return utterance;
  }

  clear(): void {
    this.#activity.reset();
    this.#beeps.reset();
    this.#bufferStartMs = this.#nowMs;
    this.#speechMs = 0;
  }

  #startSpeech(detection: TurnDetection): number {
    const padding = detection.type === "server_vad" ? (detection.prefix_padding_ms ?? 300) : 300;
    this.#speechStartMs = Math.max(this.#bufferStartMs, this.#nowMs - ONSET_MS - padding);
    return this.#speechStartMs;
  }

  #stopSpeech(silenceMs: number): Utterance {
    const endMs = Math.max(this.#speechStartMs, this.#nowMs - silenceMs);
    const utterance = { startMs: this.#speechStartMs, endMs, speechMs: this.#speechMs };
    this.clear();
    return utterance;
  }
}
