// How busy and how fast a key is: how long another request would take, by what is known.

export interface Load {
  begin(): void;
  /** `latencyMs` where it was answered. */
  end(latencyMs: number | undefined): void;
  /** Milliseconds; 0 until the first answer, so that a new key is tried. */
  expectedMs(): number;
}

/** The weight of the newest answer in the average. */
const NEWEST = 0.2;

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
      averageMs = averageMs === 0 ? latencyMs : averageMs * (1 - NEWEST) + latencyMs * NEWEST;
    },
    expectedMs: () => averageMs * (inFlight + 1),
  };
};
