// The door for callers without credentials, closed unless the configuration opens it.
import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import type { Secret } from "../../secret.ts";
import type { Authenticator, Examination } from "../authenticator.ts";
import type { Caller } from "../caller.ts";
import { createVerifiedTokens } from "../jwt/verified-tokens.ts";
import { type Challenges, readSolution } from "./challenges.ts";
import { isFromOwnPage, isLocal } from "./loopback.ts";

export const guestsSchema = z
  .enum(["none", "loopback", "anyone"])
  .describe(
    "Who is let in without credentials: none, loopback (this machine's user, with the token that the start prints), or anyone.",
  );

export interface GuestPorts {
  clock: Pick<Clock, "now">;
  /** Undefined where guests need not work for their keys. */
  challenges: Challenges | undefined;
  /** What guests of this machine must show as bearer token; undefined where they show nothing. */
  localToken: Secret | undefined;
}

/**
 * Lets in callers without an account; a bad credential is never a guest. Throws `credentials-missing` for guests of a foreign
 * page and local ones without their token, `credentials-rejected` for a wrong solution or a local token from elsewhere, and
 * with challenges `challenge-required` until one is solved.
 */
export const guestAuthenticator = (
  guests: z.output<typeof guestsSchema>,
  allowedOrigins: ReadonlySet<string>,
  { clock, challenges, localToken }: GuestPorts,
): Authenticator => {
  switch (guests) {
    case "none":
      return () => undefined;
    case "loopback":
      return localGuests(allowedOrigins, localToken);
    case "anyone":
      return guestsFromAnywhere(allowedOrigins, challenges && admitSolvers(challenges, clock));
  }
};

const localGuests =
  (allowedOrigins: ReadonlySet<string>, token: Secret | undefined): Authenticator =>
  ({ bearer, origin }) => {
    if (bearer !== undefined && !token?.equals(bearer)) return undefined;
    const isFromHere = isLocal(origin, allowedOrigins);
    if (bearer !== undefined && !isFromHere) throw rejected("the token of local guests came from elsewhere");
    if (!isFromHere) return undefined;
    // A proxy on this machine may look like its user, but does not know what the start has printed.
    if (token && bearer === undefined) throw missing("local guests show the token that the start printed");
    return guestOf(origin.network);
  };

const guestsFromAnywhere =
  (allowedOrigins: ReadonlySet<string>, admit: ReturnType<typeof admitSolvers> | undefined): Authenticator =>
  ({ bearer, solution, origin }) => {
    if (bearer !== undefined) return undefined;
    if (!isFromOwnPage(origin, allowedOrigins)) {
      const page = origin.origin === undefined ? "another site" : `the origin ${origin.origin}`;
      throw missing(`guests of a page of ${page} are let in only where cors.origins names its origin`);
    }
    // Where nothing is asked, an answer from before is as good as none.
    return admit ? admit(solution, origin.network) : guestOf(origin.network);
  };

const missing = (reason: string): Failure =>
  new Failure("credentials-missing", undefined, { cause: new Error(reason) });

const rejected = (reason: string): Failure =>
  new Failure("credentials-rejected", undefined, { cause: new Error(reason) });

const guestOf = (network: string): Caller => ({ kind: "guest", id: `guest:${network}` });

// A solution is good for many calls, and its check costs a guess of PBKDF2. What is remembered does not hang on how the
// solution was written, or one of them, rewritten, would be checked again and again.
const admitSolvers = (challenges: Challenges, clock: Pick<Clock, "now">) => {
  const solved = createVerifiedTokens();
  return (text: string | undefined, network: string): Caller | Examination => {
    if (text === undefined) throw new Failure("challenge-required");
    const solution = readSolution(text);
    if (!solution) throw rejected("the solution of the challenge cannot be read");
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
