// Composes who may call: every way to authenticate, in the order in which they are asked.
import { randomBytes } from "node:crypto";
import type { Services } from "../app.ts";
import { authenticateWith } from "../auth/authenticator.ts";
import { altchaChallenges } from "../auth/guests/challenges.altcha.ts";
import { guestAuthenticator } from "../auth/guests/guests.ts";
import { jwtAuthenticator } from "../auth/jwt/jwt.jose.ts";
import { remoteKeys } from "../auth/jwt/remote-keys.jose.ts";
import { memoryNonces } from "../auth/signatures/nonces.memory.ts";
import { redisNonces } from "../auth/signatures/nonces.redis.ts";
import { signerAuthenticator } from "../auth/signatures/signers.ts";
import { tokenAuthenticator } from "../auth/tokens/tokens.ts";
import { sweepRepeatedly } from "../auth/users/revocation.timer.ts";
import { createRevocation } from "../auth/users/revocation.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config/load.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Log } from "../observe/log.ts";
import { Secret } from "../secret.ts";
import type { SharedRedis } from "../store/redis.node.ts";
import { type Store, usersAuthenticator } from "./store.ts";

interface Ports extends Pick<Services, "newTimeBudget"> {
  store: Store;
  redis: SharedRedis | undefined;
  /** Whether guests of this machine show a token of this start, or nothing: then no proxy may stand in front. */
  localGuests: "token" | "open";
  clock: Clock;
  fetch: typeof globalThis.fetch;
  log: Log;
}

export interface Authentication extends Pick<Services, "authenticate" | "newChallenge" | "watchCredential"> {
  /** For this machine's user; undefined where local guests are not let in, or show nothing. */
  localGuestToken: Secret | undefined;
  /** Begins to cut off whose credential has ended. Answers how to stop. */
  startCutting(): () => void;
}

export const authenticationOf = (
  { callers, cors }: Pick<Config, "callers" | "cors">,
  { store, redis, newTimeBudget, localGuests, clock, fetch, log }: Ports,
): Authentication => {
  const nonces = redis ? redisNonces(redis, (work) => newTimeBudget().wait(work)) : memoryNonces(clock);
  const challenges =
    callers.challenge && altchaChallenges(callers.challenge, store.keyFor("challenge"), clock);
  const asksLocalGuests = callers.guests === "loopback" && localGuests === "token";
  const localToken = asksLocalGuests ? new Secret(randomBytes(24).toString("base64url")) : undefined;
  const revocation = createRevocation({ users: store.users, clock, onStore: storeReport(log) });
  return {
    authenticate: authenticateWith([
      signerAuthenticator(callers.signers, { clock, nonces }),
      tokenAuthenticator(callers.tokens),
      usersAuthenticator(store, clock, log),
      jwtAuthenticator(callers.issuers, {
        clock,
        keysOf: (source) => remoteKeys(source, { fetch, clock, onStale: staleReport(log, source.issuer) }),
      }),
      guestAuthenticator(callers.guests, new Set(cors.origins), { clock, challenges, localToken }),
    ]),
    newChallenge: challenges?.create,
    localGuestToken: localToken,
    watchCredential: revocation.watch,
    startCutting: () => sweepRepeatedly(revocation),
  };
};

const staleReport = (log: Log, issuer: string) => (error: unknown) =>
  log.write("warn", "issuer-keys-stale", { issuer, cause: describeCause(error) });

const storeReport = (log: Log) => (error: unknown) => {
  if (error === undefined) log.write("info", "revocation-checked-again", {});
  else log.write("warn", "revocation-unchecked", { cause: describeCause(error) });
};
