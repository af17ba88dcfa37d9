// The chain of doors: the first that recognises the credential decides, and nobody falls through.
import { Failure } from "../failure.ts";
import type { Caller } from "./caller.ts";
import type { Origin } from "./locality.ts";
import { holdsCredential } from "./query-credentials.ts";

/** What a request shows at the door. Cookies are not among it, so no page can spend another's credentials. */
export interface Credentials {
  /** The token of `Authorization: Bearer …`; undefined when the header is absent. */
  bearer: string | undefined;
  /** The address's query string, without its question mark. */
  query: string;
  /** Where the request came from, as far as the socket and the headers tell. */
  origin: Origin;
}

/** Answers undefined for "not mine", a caller, or throws a `Failure`. */
export type Authenticator = (credentials: Credentials) => Caller | undefined | Promise<Caller | undefined>;

/** Asks each door in turn. Throws `credentials-in-query`, `credentials-missing` or `credentials-rejected`. */
export const authenticateWith =
  (authenticators: readonly Authenticator[]) =>
  async (credentials: Credentials): Promise<Caller> => {
    if (holdsCredential(credentials.query)) throw new Failure("credentials-in-query");
    for (const authenticate of authenticators) {
      const answer = authenticate(credentials);
      const caller = answer instanceof Promise ? await answer : answer;
      if (caller) return caller;
    }
    if (credentials.bearer === undefined) throw new Failure("credentials-missing");
    const cause = new Error("it is no configured token, and no JWT of a configured issuer");
    throw new Failure("credentials-rejected", undefined, { cause });
  };
