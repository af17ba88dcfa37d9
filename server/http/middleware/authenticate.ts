// Finds out who is calling. Attempts that fail are limited by the address that they come from.
import type { Credentials, Verification } from "../../auth/authenticator.ts";
import type { Caller } from "../../auth/caller.ts";
import { rejected, rejectionReason } from "../../auth/rejection.ts";
import type { Attempts } from "../../limits/attempts.ts";
import { addressKey } from "../../net/address.ts";
import { forwardingHeaders } from "../../net/seen-request.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";
import { tokenAmong } from "../request/socket-protocols.ts";
import { isOpenAiAddress } from "../response/openai-error.ts";
import { count, type LimitServices, showStates, usedUp } from "./limits.ts";

export interface AuthenticateServices extends LimitServices {
  /** The caller where that is known at once, else how to verify the credentials. Throws a `Failure`. */
  authenticate(credentials: Credentials): Caller | Verification;
  attempts: Attempts;
  /**
   * Calls `onEnded` with the reason when the credential has ended meanwhile. Returns how to stop watching; undefined where the
   * credential does not end.
   */
  watchCredential(caller: Caller, onEnded: (reason: string) => void): (() => void) | undefined;
}

export const authenticateFailures = [
  ...(["challenge-required", "credentials-in-query", "credentials-missing", "credentials-rejected"] as const),
  ...(["identity-provider-unavailable", "shared-state-unavailable", "store-unavailable"] as const),
];

/** Adds the caller. What is open when their credential ends is cut off. */
export const authenticate = step(
  authenticateFailures,
  (facts: RequestFacts, services: AuthenticateServices): Known | Promise<Known> => {
    const caller = identify(facts, services);
    return caller instanceof Promise
      ? caller.then((later) => watch(later, facts, services))
      : watch(caller, facts, services);
  },
);

export interface Known {
  caller: Caller;
}

/** Cuts the request off when the caller's credential ends. */
export const watch = (
  caller: Caller,
  facts: RequestFacts,
  { watchCredential }: AuthenticateServices,
): Known => {
  const unwatch = watchCredential(caller, (reason) => {
    facts.cutOff = reason;
    facts.outgoing.cutOff();
  });
  if (unwatch) facts.onEnd(unwatch);
  return { caller };
};

/**
 * At once where the caller is known at once: a promise on every request costs more than finding a token. Credentials that `decide`
 * rejects count as a guess of the address.
 */
export const identify = (
  facts: RequestFacts,
  services: AuthenticateServices,
  decide = services.authenticate,
): Caller | Promise<Caller> => {
  const network = addressKey(facts.address);
  try {
    const answer = decide(credentialsOf(facts, network));
    return typeof answer === "function" ? verify(answer, facts, services, network) : answer;
  } catch (error) {
    return refuse(error, facts, services);
  }
};

/** Throws the error, and counts it where it is a rejection: that costs nothing, but a guess is a guess. */
export const refuse = async (
  error: unknown,
  facts: RequestFacts,
  services: LimitServices,
): Promise<never> => {
  if (isRejection(error)) {
    await count(facts, services, services.limitChecks.attempt(addressKey(facts.address)));
  }
  throw error;
};

// No more are verified at once than may still fail, so that a thousand guesses at once are no more than the limit.
const verify = async (
  verification: Verification,
  facts: RequestFacts,
  { attempts, limitChecks, newTimeBudget }: AuthenticateServices,
  network: string,
): Promise<Caller> => {
  const attempt = await attempts.begin(network, limitChecks.attempt(network), newTimeBudget);
  if (!attempt.allowed) {
    showStates(facts, attempt.violated);
    throw usedUp(attempt.violated, attempt.retryAfterSeconds);
  }
  try {
    const caller = await verification();
    await attempt.end(false);
    return caller;
  } catch (error) {
    await attempt.end(isRejection(error));
    throw error;
  }
};

const isRejection = (error: unknown): boolean => rejectionReason(error) !== undefined;

const credentialsOf = (facts: RequestFacts, network: string): Credentials => ({
  ...shownBy(facts),
  query: facts.query,
  host: facts.outgoing.hostRequest === undefined ? undefined : hostOf(facts),
  request: () => ({
    method: facts.method,
    target: facts.publicAddress,
    headers: facts.incoming.headers,
  }),
  origin: () => ({
    address: facts.address,
    network,
    host: facts.header("host"),
    origin: facts.header("origin"),
    fetchSite: facts.header("sec-fetch-site"),
    forwarded: facts.isProxied || forwardingHeaders.some((name) => facts.header(name) !== undefined),
    isEncrypted: "encrypted" in facts.incoming.socket,
  }),
});

const hostOf = ({ outgoing, incoming }: RequestFacts): Credentials["host"] => ({
  request: outgoing.hostRequest,
  hasCookies: incoming.headers.cookie !== undefined,
});

type Shown = Pick<Credentials, "bearer" | "solution">;

const shownBy = (facts: RequestFacts): Shown => {
  const shown = authorizationOf(facts.header("authorization") ?? socketAuthorization(facts));
  // Azure's clients of OpenAI send their key in a header of this name.
  const key = isOpenAiAddress(facts.path) ? facts.header("api-key") : undefined;
  if (key === undefined) return shown;
  const { bearer } = authorizationOf(`Bearer ${key}`);
  if (shown.solution !== undefined || (shown.bearer ?? bearer) !== bearer) {
    throw rejected("credentials-ambiguous", "the headers Authorization and api-key differ");
  }
  return { bearer, solution: undefined };
};

const socketAuthorization = ({ outgoing, incoming }: RequestFacts): string | undefined => {
  if (!outgoing.upgrade) return undefined;
  const token = tokenAmong(incoming.headers["sec-websocket-protocol"]);
  return token === undefined ? undefined : `Bearer ${token}`;
};

const authorizationOf = (authorization: string | undefined): Shown => {
  if (authorization === undefined) return { bearer: undefined, solution: undefined };
  const [, scheme, value] = /^(Bearer|Altcha) +([\w.~+/=-]+) *$/i.exec(authorization) ?? [];
  // Another scheme is a credential we cannot accept, not the absence of one.
  if (scheme === undefined) {
    throw rejected(
      "scheme-unknown",
      "the header Authorization is not of the form `Bearer TOKEN`, or api-key not of the form `TOKEN`",
    );
  }
  const isBearer = scheme.toLowerCase() === "bearer";
  return { bearer: isBearer ? value : undefined, solution: isBearer ? undefined : value };
};
