// Who follows a session on this replica: pages are told what becomes of it.
import type { Told } from "../watchers/watcher.ts";

export interface Followers {
  tell(sessionId: string, told: Told): void;
  /** Returns how to stop. */
  follow(sessionId: string, onTold: (told: Told) => void): () => void;
}

export const createFollowers = (): Followers => {
  const bySession = new Map<string, Set<(told: Told) => void>>();
  return {
    tell: (sessionId, told) => {
      for (const onTold of bySession.get(sessionId) ?? []) onTold(told);
    },
    follow: (sessionId, onTold) => {
      const following = bySession.get(sessionId) ?? new Set();
      bySession.set(sessionId, following);
      // Each time another one, also where a listener is the same.
      const own = (told: Told): void => onTold(told);
      following.add(own);
      return () => {
        following.delete(own);
        if (following.size === 0 && bySession.get(sessionId) === following) bySession.delete(sessionId);
      };
    },
  };
};
