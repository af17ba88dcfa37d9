// Splits a stream of samples into frames of 20 ms and measures the level of each.

export const FRAME_MS = 20;

export class Frames {
  readonly #size: number;
  #sum = 0;
  #count = 0;

  constructor(samplesPerSecond: number) {
    this.#size = (samplesPerSecond * FRAME_MS) / 1000;
  }

  /** The level of every frame that these samples complete: root mean square, 0 to 1. */
  cut(samples: Float32Array): number[] {
    const levels: number[] = [];
    for (const sample of samples) {
      this.#sum += sample * sample;
      this.#count += 1;
      if (this.#count < this.#size) continue;
      levels.push(Math.sqrt(this.#sum / this.#size));
      this.#sum = 0;
      this.#count = 0;
    }
    return levels;
  }
}
