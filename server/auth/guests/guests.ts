// Authenticates callers without an account, as guests, where the configuration admits them.
import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import type { Secret } from "../../secret.ts";
import type { Authenticator, Verification } from "../authenticator.ts";
import type { Caller } from "../caller.ts";
import { rejected } from "../rejection.ts";
import { createVerifiedCache } from "../verified-cache.ts";
import { type Challenges, readSolution } from "./challenges.ts";
import { isFromOwnPage, isLocal } from "./loopback.ts";

export const guestsSchema = z
  .enum(["none", "loopback", "anyone"])
  .describe(
    "Who is let in without credentials: none, loopback (this machine's user, with the token that the start prints), or anyone.",
  );

export interface GuestPorts {
  clock: Pick<Clock, "now">;
  /** Undefined where guests need no proof of work. */
  challenges: Challenges | undefined;
  /** The bearer token that guests of this machine must send; undefined where they need none. */
  localToken: Secret | undefined;
}

/**
 * Makes guests of callers without an account; a bad credential is never a guest. Throws `credentials-missing` for guests of a
 * foreign page and local ones without their token, `credentials-rejected` for a wrong solution or a local token from
 * elsewhere, and with challenges `challenge-required` until one is solved.
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
      return guestsFromAnywhere(allowedOrigins, challenges && solverAuthenticator(challenges, clock));
  }
};

const localGuests =
  (allowedOrigins: ReadonlySet<string>, token: Secret | undefined): Authenticator =>
  ({ bearer, origin }) => {
    if (bearer !== undefined && !token?.equals(bearer)) return undefined;
    const from = origin();
    const isFromHere = isLocal(from, allowedOrigins);
    if (bearer !== undefined && !isFromHere)
      throw rejected("guest-token-elsewhere", "the token of local guests came from elsewhere");
    if (!isFromHere) return undefined;
    // A proxy on this machine may look like its user, but does not know the token that the start printed.
    if (token && bearer === undefined) throw missing("local guests show the token that the start printed");
    return guestOf(from.network);
  };

const guestsFromAnywhere =
  (
    allowedOrigins: ReadonlySet<string>,
    authenticateSolver: ReturnType<typeof solverAuthenticator> | undefined,
  ): Authenticator =>
  ({ bearer, solution, origin }) => {
    if (bearer !== undefined) return undefined;
    const from = origin();
    if (!isFromOwnPage(from, allowedOrigins)) {
      const page = from.origin === undefined ? "another site" : `the origin ${from.origin}`;
      throw missing(`guests of a page of ${page} are let in only where cors.origins names its origin`);
    }
    // Without challenges, a solution from before they were switched off does no harm.
    return authenticateSolver ? authenticateSolver(solution, from.network) : guestOf(from.network);
  };

const missing = (detail: string): Failure =>
  new Failure("credentials-missing", undefined, { cause: new Error(detail) });

const guestOf = (network: string): Caller => ({ kind: "guest", id: `guest:${network}` });

// A solution is valid for many requests, and its check costs a guess of PBKDF2, so checked ones are cached. The cache key
// does not depend on how the solution's JSON was written: respelling one solution must not cost a check each time.
const solverAuthenticator = (challenges: Challenges, clock: Pick<Clock, "now">) => {
  const solved = createVerifiedCache();
  return (text: string | undefined, network: string): Caller | Verification => {
    if (text === undefined) throw new Failure("challenge-required");
    const solution = readSolution(text);
    if (!solution) throw rejected("solution-malformed", "the solution of the challenge cannot be read");
    const guest = guestOf(network);
    const key = `${solution.challenge.signature} ${solution.solution.derivedKey}`;
    if (solved.find(key, clock.now())?.id === guest.id) return guest;
    return async () => {
      const until = await challenges.check(solution, network);
      if (until === undefined) throw new Failure("challenge-required");
      solved.remember(key, guest, until / 1000, clock.now());
      return guest;
    };
  };
};
