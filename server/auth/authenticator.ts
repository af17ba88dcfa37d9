// The chain of doors: the first that recognises the credential decides, and nobody falls through.
import type { IncomingHttpHeaders } from "node:http";
import { Failure } from "../failures/failure.ts";
import type { Caller } from "./caller.ts";
import type { Origin } from "./guests/loopback.ts";
import { holdsCredential } from "./query-credentials.ts";

/** What a request shows at the door. Cookies are not among it, so no page can spend another's credentials. */
export interface Credentials {
  /** The token of `Authorization: Bearer …`; undefined when the header is absent. */
  bearer: string | undefined;
  /** The solved challenge of `Authorization: Altcha …`; undefined when there is none. */
  solution: string | undefined;
  /** The address's query string, without its question mark. */
  query: string;
  /** Where the request came from, as far as the socket and the headers tell. */
  origin: Origin;
  /** What a signature covers. The body is none of it: its digest is a header. */
  request: SignedParts;
}

export interface SignedParts {
  method: string;
  /** Path and query as they came. */
  target: string;
  headers: IncomingHttpHeaders;
}

/**
 * Finds out who it is, where that costs something: a signature, a look into a store, a question to another service.
 * Rejects with a `Failure`. It is begun only when the caller's address has not failed too often.
 */
export type Examination = () => Promise<Caller>;

/** Answers undefined for "not mine", a caller it knows at once, an examination, or throws a `Failure`. */
export type Authenticator = (credentials: Credentials) => Caller | Examination | undefined;

/** Asks each door in turn. Throws `credentials-in-query`, `credentials-missing`, `credentials-rejected` or a door's own. */
export const authenticateWith =
  (authenticators: readonly Authenticator[]) =>
  (credentials: Credentials): Caller | Examination => {
    if (holdsCredential(credentials.query)) throw new Failure("credentials-in-query");
    for (const authenticate of authenticators) {
      const answer = authenticate(credentials);
      if (answer) return answer;
    }
    if (credentials.bearer === undefined && credentials.solution === undefined) {
      throw new Failure("credentials-missing");
    }
    const cause = new Error("it is no configured token, and no JWT of a configured issuer");
    throw new Failure("credentials-rejected", undefined, { cause });
  };
