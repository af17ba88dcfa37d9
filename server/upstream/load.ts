// The load of a key: the moving average of its latency, times the requests in flight.

export interface Load {
  begin(): void;
  /** With the latency of an answer; undefined where there was none. */
  end(latencyMs: number | undefined): void;
  /** Milliseconds that another request would probably take; 0 until the first answer, so that a new key is tried. */
  expectedMs(): number;
}

/** The weight of the newest latency in the exponential moving average. */
const NEWEST_WEIGHT = 0.2;

export const createLoad = (): Load => {
  let inFlight = 0;
  let averageMs = 0;
  return {
    begin: () => {
      inFlight += 1;
    },
    end: (latencyMs) => {
      inFlight -= 1;
      if (latencyMs === undefined) return;
      averageMs = averageMs === 0 ? latencyMs : averageMs * (1 - NEWEST_WEIGHT) + latencyMs * NEWEST_WEIGHT;
    },
    expectedMs: () => averageMs * (inFlight + 1),
  };
};
