// Access tokens of service accounts: issued for a workload's identity, accepted like a standard key until they end.
import { OpenAiError } from "../http/openai-error.ts";

export class AccessTokens {
  /** When each ends, in milliseconds since 1970, and whose it is. */
  readonly #issued = new Map<string, { endsAt: number; account: string }>();
  readonly #now: () => number;
  readonly #randomId: (prefix: string) => string;

  constructor(now: () => number, randomId: (prefix: string) => string) {
    this.#now = now;
    this.#randomId = randomId;
  }

  issue(lifeSeconds: number, account: string): string {
    this.#forgetEnded();
    const token = this.#randomId("oat");
    this.#issued.set(token, { endsAt: this.#now() + lifeSeconds * 1000, account });
    return token;
  }

  /** The service account of a token; undefined where it is none, and OpenAI's 401 for one that has ended. */
  accountOf(token: string): string | undefined {
    const issued = this.#issued.get(token);
    if (!issued || this.#now() < issued.endsAt) return issued?.account;
    throw new OpenAiError(401, "token_expired", "Your access token has expired.");
  }

  /** Forgets all of them, as if their service account had been removed. */
  revoke(): void {
    this.#issued.clear();
  }

  // Kept for an hour after the end, so that a late request learns "expired" and not "unknown".
  #forgetEnded(): void {
    for (const [token, { endsAt }] of this.#issued) {
      if (this.#now() > endsAt + 3_600_000) this.#issued.delete(token);
    }
  }
}
