// GET /challenge: what a guest solves instead of signing in.
import { Failure } from "../../failures/failure.ts";
import { addressKey } from "../../net/address.ts";
import type { Handler } from "../context.ts";

export interface ChallengeServices {
  /** Makes a challenge for guests of that network; undefined where none is asked of guests. */
  newChallenge: ((network: string) => Promise<object>) | undefined;
}

/** Answers with a fresh challenge for the caller's address. */
export const challenge =
  ({ newChallenge }: ChallengeServices): Handler =>
  async (c) => {
    if (!newChallenge) throw new Failure("not-found", "This service asks no challenge of its guests.");
    const fresh = await newChallenge(addressKey(c.get("address")));
    return c.json(fresh, 200, { "cache-control": "no-store" });
  };
