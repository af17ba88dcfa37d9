// Remembers for a moment whom the store let in, so that a burst of requests asks it once.
import type { Clock } from "../../clock.ts";
import type { Caller } from "../caller.ts";

/** A disabled user is refused by every replica within a second; half of it is for the way there. */
const REMEMBER_MS = 500;
const MAX_ADMISSIONS = 10_000;

interface Admission {
  caller: Caller;
  /** When the store was asked, on the clock that is never set back. */
  askedAt: number;
  /** The token's own end, in milliseconds since 1970. */
  expiresAt: number | undefined;
}

export interface Admissions {
  find(hash: string, clock: Clock): Caller | undefined;
  remember(hash: string, admission: Admission): void;
}

/** Keeps hashes of good tokens only, so nobody without one can fill it; the oldest goes first. */
export const createAdmissions = (): Admissions => {
  const admissions = new Map<string, Admission>();
  return {
    find: (hash, clock) => {
      const found = admissions.get(hash);
      if (!found) return undefined;
      const isFresh = clock.monotonic() - found.askedAt < REMEMBER_MS;
      if (isFresh && (found.expiresAt === undefined || clock.now() < found.expiresAt)) return found.caller;
      admissions.delete(hash);
      return undefined;
    },
    remember: (hash, admission) => {
      const [oldest] = admissions.size >= MAX_ADMISSIONS ? admissions.keys() : [];
      if (oldest !== undefined) admissions.delete(oldest);
      admissions.set(hash, admission);
    },
  };
};
