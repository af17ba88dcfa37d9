// Separates speech from silence by loudness alone: pure, one frame of 20 ms after the other.
import type { TurnDetection } from "../session/session-schema.ts";
import { FRAME_MS } from "./frames.ts";

// A click or a beep, with its echo, is shorter than a word: 7 loud frames of the latest 10 make speech.
const ONSET_FRAMES = 7;
const ONSET_WINDOW = 10;
/** The shortest speech that is detected. */
export const ONSET_MS = ONSET_FRAMES * FRAME_MS;
// Speech has pauses, a fan has none: a sound that stays above half its level for 3 s is noise.
const FLOOR_WINDOW = 3000 / FRAME_MS;
const ABOVE_FLOOR = 2;

export interface Sensitivity {
  /** The lowest level of a frame that counts as loud, 0 to 1. */
  gate: number;
  silenceMs: number;
}

/** The settings of the session's `turn_detection`. */
export const sensitivityOf = (detection: TurnDetection): Sensitivity => {
  if (detection.type === "semantic_vad") {
    // OpenAI's semantic detection waits for the end of a thought; here only the silence before the end differs.
    const silenceMs = { low: 1200, medium: 700, auto: 700, high: 400 }[detection.eagerness ?? "auto"];
    return { gate: gateFor(0.5), silenceMs };
  }
  return { gate: gateFor(detection.threshold ?? 0.5), silenceMs: detection.silence_duration_ms ?? 500 };
};

// 0 is a whisper (-60 dB of full scale), 0.5 ordinary speech (-40 dB), 1 loud speech (-20 dB).
const gateFor = (threshold: number): number => 10 ** ((-60 + 40 * threshold) / 20);

export type Change = "started" | "stopped";

export class VoiceActivity {
  #recent: number[] = [];
  #loud: boolean[] = [];
  #speaking = false;
  #silentMs = 0;

  get speaking(): boolean {
    return this.#speaking;
  }

  /** Takes the level of the next frame; returns whether speech began or ended with it. */
  hear(level: number, { gate, silenceMs }: Sensitivity): Change | undefined {
    const loud = level >= Math.max(gate, this.#floor() * ABOVE_FLOOR);
    this.#recent = [...this.#recent, level].slice(-FLOOR_WINDOW);
    this.#loud = [...this.#loud, loud].slice(-ONSET_WINDOW);
    this.#silentMs = loud ? 0 : this.#silentMs + FRAME_MS;
    if (!this.#speaking && this.#loud.filter(Boolean).length >= ONSET_FRAMES) {
      this.#speaking = true;
      return "started";
    }
    if (this.#speaking && this.#silentMs >= Math.max(silenceMs, FRAME_MS)) {
      this.reset();
      return "stopped";
    }
    return undefined;
  }

  /** Resets the detection of speech, but keeps the noise level. */
  reset(): void {
    this.#speaking = false;
    this.#loud = [];
    this.#silentMs = 0;
  }

  #floor(): number {
    return this.#recent.length < FLOOR_WINDOW ? 0 : Math.min(...this.#recent);
  }
}
