// Composes authentication: what is opened once, and the chain of authenticators that the configuration asks for.
import type { Services } from "../app.ts";
import { type Authenticator, authenticateWith } from "../auth/authenticator.ts";
import type { Caller } from "../auth/caller.ts";
import type { Challenges } from "../auth/guests/challenges.ts";
import { guestAuthenticator } from "../auth/guests/guests.ts";
import { type HostAuthenticate, hostAuthenticator } from "../auth/host/host.ts";
import { type JwtPorts, jwtAuthenticator, unknownIssuerAuthenticator } from "../auth/jwt/jwt.jose.ts";
import { remoteKeys } from "../auth/jwt/remote-keys.jose.ts";
import { memoryNonces } from "../auth/signatures/nonces.memory.ts";
import { redisNonces } from "../auth/signatures/nonces.redis.ts";
import type { Nonces } from "../auth/signatures/nonces.ts";
import { signerAuthenticator } from "../auth/signatures/signers.ts";
import { configuredCaller } from "../auth/still-admitted.ts";
import { tokenAuthenticator } from "../auth/tokens/tokens.ts";
import { createRevocation, type Revocation, sweepRepeatedly } from "../auth/users/revocation.ts";
import { admittedCaller, type Users } from "../auth/users/users.ts";
import type { Clock, Timers } from "../clock.ts";
import type { Config } from "../config/load.ts";
import { Failure } from "../failures/failure.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Log } from "../observe/log.ts";
import type { Random } from "../random.ts";
import { Secret } from "../secret.ts";
import type { SharedRedis } from "../store/redis.node.ts";
import { type Store, usersAuthenticator } from "./store.ts";

interface Ports extends Pick<Services, "newTimeBudget"> {
  store: Store;
  redis: SharedRedis | undefined;
  /** Whether guests of this machine show a token of this start, or nothing: then no proxy may stand in front. */
  localGuests: "token" | "open";
  /** Of the application in which the service is mounted. */
  authenticate: HostAuthenticate | undefined;
  clock: Clock;
  timers: Timers;
  random: Random;
  fetch: typeof globalThis.fetch;
  log: Log;
}

/** What outlives a change of broker.yaml: it holds connections, a timer, or state that must not be lost. */
export interface AuthenticationResources extends Disposable {
  clock: Clock;
  timers: Timers;
  authenticateByHost: HostAuthenticate | undefined;
  /** Kept, as a new store would accept signed requests a second time. */
  nonces: Nonces;
  /** Kept with its cache of users. */
  authenticateUser: Authenticator;
  /** Kept, so that issuers are not asked again for keys that are known. */
  keysOf: JwtPorts["keysOf"];
  challengeKey: Secret;
  /** For this machine's user, printed at start; undefined where local guests need none. */
  localGuestToken: Secret | undefined;
  watchCredential: Revocation["watch"];
  findUser: Users["find"];
}

/** Starts the sweep for ended credentials; disposing stops it. The store and Redis are closed by their owner. */
export const authenticationResources = ({
  store,
  redis,
  newTimeBudget,
  localGuests,
  authenticate,
  clock,
  timers,
  random,
  fetch,
  log,
}: Ports): AuthenticationResources => {
  const revocation = createRevocation({ users: store.users, clock, onStore: storeReport(log) });
  const stopSweeping = sweepRepeatedly(revocation, timers);
  return {
    ...{ clock, timers },
    authenticateByHost: authenticate,
    nonces: redis ? redisNonces(redis, (work) => newTimeBudget().wait(work)) : memoryNonces(clock),
    authenticateUser: usersAuthenticator(store, clock, log),
    keysOf: remoteKeys({ fetch, clock, onStale: staleReport(log) }),
    challengeKey: store.keyFor("challenge"),
    localGuestToken: localGuests === "token" ? new Secret(random.bytes(24).toString("base64url")) : undefined,
    watchCredential: revocation.watch,
    findUser: store.users.find,
    [Symbol.dispose]: stopSweeping,
  };
};

interface AuthenticationPolicy extends Pick<Services, "authenticate" | "admitAgain" | "newChallenge"> {
  /** For this machine's user; undefined where local guests are not admitted, or need no token. */
  localGuestToken: Secret | undefined;
}

/**
 * Rebuilt when broker.yaml changes; opens nothing. The caches of verified tokens and of solved challenges belong to it, so
 * that a token of an issuer that was removed, or whose roles are read differently now, is checked again.
 */
export const authenticationPolicy = async (
  { callers, cors }: Pick<Config, "callers" | "cors">,
  resources: AuthenticationResources,
): Promise<AuthenticationPolicy> => {
  const { clock, timers, nonces, authenticateUser, keysOf, challengeKey, localGuestToken } = resources;
  const { authenticateByHost } = resources;
  const allowedOrigins = new Set(cors.origins);
  const challenges = await challengesOf(callers, challengeKey, clock);
  const localToken = callers.guests === "loopback" ? localGuestToken : undefined;
  return {
    authenticate: authenticateWith(
      [
        signerAuthenticator(callers.signers, { clock, nonces }),
        tokenAuthenticator(callers.tokens),
        authenticateUser,
        jwtAuthenticator(callers.issuers, { clock, keysOf }),
        guestAuthenticator(callers.guests, allowedOrigins, { clock, challenges, localToken }),
        unknownIssuerAuthenticator(callers.issuers),
      ],
      authenticateByHost && hostAuthenticator(authenticateByHost, { clock, timers, allowedOrigins }),
    ),
    admitAgain: (caller) => admitAgain(callers, caller, resources),
    newChallenge: challenges?.create,
    localGuestToken: localToken,
  };
};

const admitAgain = async (
  callers: Config["callers"],
  caller: Caller,
  { findUser, clock }: AuthenticationResources,
): Promise<Caller | undefined> => {
  if (caller.kind !== "user") return configuredCaller(callers, caller);
  try {
    return admittedCaller(await findUser(caller.tokenPrefix), clock.now());
  } catch (cause) {
    throw new Failure("store-unavailable", undefined, { cause, headers: { "retry-after": "1" } });
  }
};

// The library is loaded only where guests are challenged: it takes memory, and time to start.
const challengesOf = async (
  { challenge }: Config["callers"],
  key: Secret,
  clock: Clock,
): Promise<Challenges | undefined> => {
  if (!challenge) return undefined;
  const { altchaChallenges } = await import("../auth/guests/challenges.altcha.ts");
  return altchaChallenges(challenge, key, clock);
};

const staleReport = (log: Log) => (issuer: string, error: unknown) =>
  log.write("warn", "issuer-keys-stale", { issuer, cause: describeCause(error) });

const storeReport = (log: Log) => (error: unknown) => {
  if (error === undefined) log.write("info", "revocation-checked-again", {});
  else log.write("warn", "revocation-unchecked", { cause: describeCause(error) });
};
