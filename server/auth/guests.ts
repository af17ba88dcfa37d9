// The door for callers without credentials, closed unless the configuration opens it.
import { z } from "zod";
import type { Clock } from "../clock.ts";
import { Failure } from "../failure.ts";
import type { Authenticator, Examination } from "./authenticator.ts";
import type { Caller } from "./caller.ts";
import { type Challenges, readSolution } from "./challenges.ts";
import { isLocal } from "./locality.ts";
import { createVerifiedTokens } from "./verified-tokens.ts";

export const guestsSchema = z
  .enum(["none", "loopback", "anyone"])
  .describe("Who is let in without credentials: none, loopback (this machine's user), or anyone.");

export interface GuestPorts {
  clock: Pick<Clock, "now">;
  /** Undefined where guests need not work for their keys. */
  challenges: Challenges | undefined;
}

/**
 * Lets in callers who show no credentials at all; a bad credential is never a guest. With challenges, it takes a solved one:
 * throws `challenge-required`, or `credentials-rejected` for a wrong solution.
 */
export const guestAuthenticator = (
  guests: z.output<typeof guestsSchema>,
  allowedOrigins: ReadonlySet<string>,
  { clock, challenges }: GuestPorts,
): Authenticator => {
  const admit = challenges && admitSolvers(challenges, clock);
  return ({ bearer, solution, origin }) => {
    if (guests === "none" || bearer !== undefined) return undefined;
    if (guests === "loopback" && !isLocal(origin, allowedOrigins)) return undefined;
    // Where nothing is asked, an answer from before that is as good as none.
    if (!admit) return guestOf(origin.network);
    return admit(solution, origin.network);
  };
};

const guestOf = (network: string): Caller => ({ kind: "guest", id: `guest:${network}` });

// A solution is good for many calls, and its check costs a guess of PBKDF2. What is remembered does not hang on how the
// solution was written, or one of them, rewritten, would be checked again and again.
const admitSolvers = (challenges: Challenges, clock: Pick<Clock, "now">) => {
  const solved = createVerifiedTokens();
  return (text: string | undefined, network: string): Caller | Examination => {
    if (text === undefined) throw new Failure("challenge-required");
    const solution = readSolution(text);
    if (!solution) {
      const cause = new Error("the solution of the challenge cannot be read");
      throw new Failure("credentials-rejected", undefined, { cause });
    }
    const guest = guestOf(network);
    const name = `${solution.challenge.signature} ${solution.solution.derivedKey}`;
    if (solved.find(name, clock.now())?.id === guest.id) return guest;
    return async () => {
      const until = await challenges.check(solution, network);
      if (until === undefined) throw new Failure("challenge-required");
      solved.remember(name, guest, until / 1000, clock.now());
      return guest;
    };
  };
};
