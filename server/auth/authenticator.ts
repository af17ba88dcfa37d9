// The chain of authenticators: the first that recognises the credential decides alone.
import { Failure } from "../failures/failure.ts";
import type { Caller } from "./caller.ts";
import type { Origin } from "./guests/loopback.ts";
import { holdsCredential } from "./query-credentials.ts";
import { rejected } from "./rejection.ts";
import type { SignedRequest } from "./signatures/signature-base.ts";

/**
 * What a request brings to prove its caller. Cookies are not among it, so no page can spend another page's credentials; only an
 * application's own sessions may depend on them.
 * `origin` and `request` are functions, since only guests and signers need them and they cost every request time.
 */
export interface Credentials {
  /** The token of `Authorization: Bearer …`; undefined when the header is absent. */
  bearer: string | undefined;
  /** The solved challenge of `Authorization: Altcha …`; undefined when there is none. */
  solution: string | undefined;
  /** The query string, without its question mark. */
  query: string;
  /** Where the request came from, as far as the socket and the headers tell. */
  origin(): Origin;
  /** What the application was asked in which the service is mounted; undefined without one. */
  host?: { request: unknown; hasCookies: boolean } | undefined;
  /** What a signature covers. The body is not part of it: its digest is a header. */
  request(): SignedRequest;
}

/**
 * The costly half of authentication: a public-key signature, a database query, a request to an identity provider. Begun
 * only when the caller's address has not failed too often. Rejects with a `Failure`.
 */
export type Verification = () => Promise<Caller>;

/** Answers undefined for "not mine", the caller where that is known at once, or a verification; or throws a `Failure`. */
export type Authenticator = (credentials: Credentials) => Caller | Verification | undefined;

/** How to ask the application in which the service is mounted for the caller, or why it is not asked. */
export type HostAuthenticator = (
  credentials: Pick<Credentials, "host" | "origin">,
) => { ask(): Promise<Caller | undefined> } | { why: string };

/**
 * Asks each in turn, and before them the application in which the service is mounted. Throws `credentials-in-query`,
 * `credentials-missing`, `credentials-rejected`, or what one of them throws.
 */
export const authenticateWith =
  (authenticators: readonly Authenticator[], host?: HostAuthenticator) =>
  (credentials: Credentials): Caller | Verification => {
    if (holdsCredential(credentials.query)) throw new Failure("credentials-in-query");
    const session = host?.(credentials);
    if (!session) return firstOf(authenticators, credentials);
    if ("why" in session) return firstOf(authenticators, credentials, session.why);
    return async () => {
      const caller = await session.ask();
      if (caller) return caller;
      const answer = firstOf(authenticators, credentials);
      return typeof answer === "function" ? answer() : answer;
    };
  };

/** `why` is what the operator should know where there are no credentials. */
const firstOf = (
  authenticators: readonly Authenticator[],
  credentials: Credentials,
  why?: string,
): Caller | Verification => {
  for (const authenticate of authenticators) {
    const answer = authenticate(credentials);
    if (answer) return answer;
  }
  if (credentials.bearer === undefined && credentials.solution === undefined) {
    throw new Failure("credentials-missing", undefined, why === undefined ? {} : { cause: new Error(why) });
  }
  throw rejected("token-unknown", "it is no configured token, and no JWT of a configured issuer");
};
