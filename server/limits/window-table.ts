// The windows of one limit in memory, by key, with a maximum number of keys.

export interface Window {
  used: number;
  /** Milliseconds since 1970. */
  endsAt: number;
}

/**
 * The table has two halves. When the newer half is full, or as old as a window is long, it becomes the older half, and what the
 * older half held is forgotten. A key moves to the newer half when it is counted.
 *
 * rate-limiter-flexible's memory has no maximum and a timer for each key, and forgets windows of a month at once: no timer runs
 * that long.
 */
export class WindowTable {
  readonly #half: number;
  readonly #lengthMs: number;
  #newer = new Map<string, Window>();
  #older = new Map<string, Window>();
  #turnsAt = 0;

  constructor(capacity: number, lengthMs: number) {
    this.#half = Math.max(1, Math.floor(capacity / 2));
    this.#lengthMs = lengthMs;
  }

  /** Counts one more, in a new window where the last one has ended. */
  add(key: string, now: number): Window {
    const known = this.#newer.get(key);
    if (known && known.endsAt > now) {
      known.used += 1;
      return known;
    }
    if (this.#newer.size >= this.#half || now >= this.#turnsAt) this.#turn(now);
    const window = this.find(key, now) ?? { used: 0, endsAt: now + this.#lengthMs };
    window.used += 1;
    this.#newer.set(key, window);
    return window;
  }

  /** Undefined where no window of the key is open. */
  find(key: string, now: number): Window | undefined {
    const window = this.#newer.get(key) ?? this.#older.get(key);
    return window && window.endsAt > now ? window : undefined;
  }

  #turn(now: number): void {
    this.#older = this.#newer;
    this.#newer = new Map();
    this.#turnsAt = now + this.#lengthMs;
  }
}
