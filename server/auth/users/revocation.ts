// Finds whose credential has ended while something of theirs is open: a user disabled, a token rotated out or expired.
import type { Clock } from "../../clock.ts";
import type { Caller } from "../caller.ts";
import type { Users } from "./users.ts";

export interface RevocationPorts {
  users: Pick<Users, "admitted">;
  clock: Pick<Clock, "now">;
  /** Hears that the store did not answer, and with undefined that it does again. */
  onStore(error: unknown): void;
}

export interface Revocation {
  /**
   * Calls `onEnded` once when a sweep finds that the credential has ended, with the reason for the log. Answers how to stop
   * watching; undefined for callers whose credential does not end while the service runs.
   */
  watch(caller: Caller, onEnded: (reason: string) => void): (() => void) | undefined;
  /**
   * Looks at all that is watched, with one question to the store. While the store does not answer, what is open goes on
   * until a moment that was known before. Never rejects.
   */
  sweep(): Promise<void>;
}

interface Watched {
  /** Milliseconds since 1970. */
  endsAt: number;
  /** The prefix of a user's token. */
  token: string | undefined;
  onEnded(reason: string): void;
}

export const createRevocation = ({ users, clock, onStore }: RevocationPorts): Revocation => {
  const watched = new Set<Watched>();
  let isStoreAway = false;

  const end = (each: Watched, reason: string): void => {
    if (watched.delete(each)) each.onEnded(reason);
  };

  const endRevoked = async (now: number): Promise<void> => {
    const tokens = new Set<string>();
    for (const { token } of watched) if (token !== undefined) tokens.add(token);
    if (tokens.size === 0) return;
    const admitted = await users.admitted([...tokens], now);
    for (const each of [...watched]) {
      const { token } = each;
      // What began while the store was asked is for the next sweep.
      if (token === undefined || !tokens.has(token) || admitted.has(token)) continue;
      end(each, `the token ${token} was rotated out, or its user disabled or removed`);
    }
  };

  return {
    watch: (caller, onEnded) => {
      const ending = endingOf(caller);
      if (!ending) return undefined;
      const each = { ...ending, onEnded };
      watched.add(each);
      return () => watched.delete(each);
    },

    sweep: async () => {
      const now = clock.now();
      try {
        for (const each of [...watched]) if (each.endsAt <= now) end(each, "the token has expired");
        await endRevoked(now);
        if (isStoreAway) onStore(undefined);
        isStoreAway = false;
      } catch (error) {
        if (!isStoreAway) onStore(error);
        isStoreAway = true;
      }
    },
  };
};

const endingOf = (caller: Caller): Omit<Watched, "onEnded"> | undefined => {
  switch (caller.kind) {
    case "jwt":
      return { endsAt: caller.endsAt, token: undefined };
    case "user":
      return { endsAt: caller.endsAt ?? Number.POSITIVE_INFINITY, token: caller.tokenPrefix };
    // A solved challenge lets a guest begin; what has begun goes on.
    case "guest":
    // Those of the configuration stay as long as the service runs.
    case "signer":
    case "token":
      return undefined;
  }
};
