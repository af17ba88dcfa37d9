// Which replicas are gone: those whose beat has not changed for three seconds, by the clock of the replica that looks. Their clocks
// may differ as they like, and jump.
import type { Beat } from "../store/session-store.ts";

/** A replica that has said nothing for so long is taken to be gone. */
export const SILENT_MS = 3000;
/** After a longer pause of looking, such as while the database was away, the others may have been heard meanwhile. */
const MOST_BETWEEN_MS = 1500;

export interface Silence {
  /** Those that are gone, by the beats that the database has now. `now` never goes back. */
  among(beats: readonly Beat[], now: number): Beat[];
}

interface Heard extends Beat {
  since: number;
}

export const createSilence = (): Silence => {
  let heard = new Map<string, Heard>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  return {
    among: (beats, now) => {
      const hasPaused = now - lookedAt > MOST_BETWEEN_MS;
      lookedAt = now;
      const before = heard;
      heard = new Map();
      for (const { replica, seenAt } of beats) {
        const last = before.get(replica);
        const isSame = last !== undefined && last.seenAt === seenAt && !hasPaused;
        heard.set(replica, { replica, seenAt, since: isSame ? last.since : now });
      }
      return [...heard.values()]
        .filter(({ since }) => now - since >= SILENT_MS)
        .map(({ replica, seenAt }) => ({ replica, seenAt }));
    },
  };
};
