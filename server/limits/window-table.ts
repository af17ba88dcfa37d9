// The windows of one limit in memory, by key, so many at most.

export interface Window {
  used: number;
  /** Milliseconds since 1970. */
  endsAt: number;
}

/**
 * rate-limiter-flexible's own memory has no bound, keeps a timer per key, and forgets a month at once, as no timer runs for
 * so long. Here nothing runs, and the oldest windows, which end first, make room for new ones.
 */
export class WindowTable {
  readonly #windows = new Map<string, Window>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Counts one more, in a new window where the last has ended. */
  add(key: string, lengthMs: number, now: number): Window {
    const found = this.find(key, now);
    if (found) {
      found.used += 1;
      return found;
    }
    // Deleted first: who begins anew stands last again, so that the first in the map is the first to end.
    this.#windows.delete(key);
    const [oldest] = this.#windows.size >= this.#capacity ? this.#windows.keys() : [];
    if (oldest !== undefined) this.#windows.delete(oldest);
    const window = { used: 1, endsAt: now + lengthMs };
    this.#windows.set(key, window);
    return window;
  }

  find(key: string, now: number): Window | undefined {
    const window = this.#windows.get(key);
    return window && window.endsAt > now ? window : undefined;
  }
}
