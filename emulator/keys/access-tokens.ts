// Access tokens of service accounts: issued for a workload's identity, accepted like a standard key until they end.
import { OpenAiError } from "../http/openai-error.ts";

export class AccessTokens {
  /** When each ends, in milliseconds since 1970. */
  readonly #endsAt = new Map<string, number>();
  readonly #now: () => number;
  readonly #randomId: (prefix: string) => string;

  constructor(now: () => number, randomId: (prefix: string) => string) {
    this.#now = now;
    this.#randomId = randomId;
  }

  issue(lifeSeconds: number): string {
    this.#forgetEnded();
    const token = this.#randomId("oat");
    this.#endsAt.set(token, this.#now() + lifeSeconds * 1000);
    return token;
  }

  /** Whether it is one; throws OpenAI's 401 for one that has ended. */
  accepts(token: string): boolean {
    const endsAt = this.#endsAt.get(token);
    if (endsAt === undefined) return false;
    if (this.#now() < endsAt) return true;
    throw new OpenAiError(401, "token_expired", "Your access token has expired.");
  }

  /** Forgets all of them, as if their service account had been removed. */
  revoke(): void {
    this.#endsAt.clear();
  }

  // Kept for an hour after the end, so that a late request learns "expired" and not "unknown".
  #forgetEnded(): void {
    for (const [token, endsAt] of this.#endsAt) {
      if (this.#now() > endsAt + 3_600_000) this.#endsAt.delete(token);
    }
  }
}
