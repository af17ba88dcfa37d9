// Sessions that this replica owns by their rows, and knows nothing of: the database took its adoption of them, and the answer was lost.
import type { Clock } from "../../clock.ts";
import type { OwnedSession, SessionStore } from "../store/session-store.ts";

export interface Strays {
  /** Lets go of them, so that a replica takes them over. Rejects when the database does not answer. */
  look(): Promise<void>;
}

export interface StrayPorts {
  store: Pick<SessionStore, "change" | "owned">;
  replica: string;
  /** Whether this replica watches over it, is about to, or ends it. */
  has(sessionId: string): boolean;
  clock: Pick<Clock, "monotonic" | "now">;
}

/** A session that begins is known by then: the database has answered, or was given up. */
const STRAY_MS = 5000;
/** OpenAI has created a call by then, or it never will. */
const OPENING_MS = 15 * 60_000;

export const createStrays = ({ store, replica, has, clock }: StrayPorts): Strays => {
  let strays = new Map<string, OwnedSession & { since: number }>();
  return {
    look: async () => {
      const owned = await store.owned(replica, clock.now() - OPENING_MS);
      const now = clock.monotonic();
      const before = strays;
      strays = new Map();
      for (const { id, term } of owned) {
        if (has(id)) continue;
        const last = before.get(id);
        const since = last?.term === term ? last.since : now;
        strays.set(id, { id, term, since });
      }
      for (const stray of strays.values()) {
        if (now - stray.since >= STRAY_MS) await store.change(stray, { owner: undefined });
      }
    },
  };
};
