// The load of an upstream key for one family of endpoints: the moving average of its latency, times the requests in flight.

export interface Load {
  begin(): void;
  /** With the latency of an answer; undefined where there was none. */
  end(latencyMs: number | undefined): void;
  /** Requests that have begun and not ended. */
  inFlight(): number;
  /** Milliseconds that another request would probably take; 0 until the first answer, so that a new key is tried. */
  expectedMs(): number;
}

/** The weight of the newest latency against the average before it, where that is fresh: it moves a fifth of the way. */
const NEWEST_WEIGHT = 0.25;
/** The average of a key that answers nothing halves in this time. A key that was slow once would otherwise never be drawn again. */
const HALF_LIFE_MS = 10_000;

/** `now` is monotonic, in milliseconds. */
export const createLoad = (now: () => number): Load => {
  let inFlight = 0;
  let averageMs = 0;
  let answeredAt = Number.NEGATIVE_INFINITY;
  /** 1 at the newest answer, then towards 0. */
  const freshness = (): number => 0.5 ** ((now() - answeredAt) / HALF_LIFE_MS);
  return {
    begin: () => {
      inFlight += 1;
    },
    end: (latencyMs) => {
      inFlight -= 1;
      if (latencyMs === undefined) return;
      // An old average counts less, and does not make the key seem faster than its newest answer.
      const old = freshness();
      averageMs = (averageMs * old + latencyMs * NEWEST_WEIGHT) / (old + NEWEST_WEIGHT);
      answeredAt = now();
    },
    inFlight: () => inFlight,
    expectedMs: () => averageMs * freshness() * (inFlight + 1),
  };
};
