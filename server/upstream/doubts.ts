// Which callers find that a key fails for them: they are served with other keys first, and nobody else is concerned.
import { LRUCache } from "lru-cache";

export interface Doubts {
  failed(callerId: string): void;
  succeeded(callerId: string): void;
  /** Whether it has failed this caller several times in a row; `due` when one request is to find out whether it still does. */
  of(callerId: string): "due" | "none" | "some";
}

/** So many in a row are no accident. */
const FAILURES = 3;
const DOUBT_MS = 5000;
const REMEMBERED_CALLERS = 1000;

export const createDoubts = (now: () => number): Doubts => {
  const failures = new LRUCache<string, { inARow: number; dueAt: number }>({ max: REMEMBERED_CALLERS });
  return {
    failed: (callerId) => {
      const inARow = (failures.get(callerId)?.inARow ?? 0) + 1;
      failures.set(callerId, { inARow, dueAt: now() + DOUBT_MS });
    },
    succeeded: (callerId) => {
      if (failures.size > 0) failures.delete(callerId);
    },
    of: (callerId) => {
      const found = failures.size > 0 ? failures.get(callerId) : undefined;
      if (!found || found.inARow < FAILURES) return "none";
      return found.dueAt <= now() ? "due" : "some";
    },
  };
};
