// Ephemeral keys: issued with a session, valid for any number of sessions until they expire.
import { z } from "zod";
import { OpenAiError } from "../http/openai-error.ts";
import { openSession, type Session } from "../session/session.ts";
import { type SessionRequest, sessionRequest } from "../session/session-schema.ts";

export const clientSecretRequest = z.strictObject({
  expires_after: z
    .strictObject({
      anchor: z.literal("created_at").optional(),
      seconds: z.number().int().min(10).max(7200).optional(),
    })
    .optional(),
  session: sessionRequest.optional(),
});

export interface ClientSecret {
  value: string;
  expires_at: number;
  session: Session;
}

interface Issued {
  request: SessionRequest;
  expiresAt: number;
}

export class ClientSecrets {
  readonly #issued = new Map<string, Issued>();
  readonly #now: () => number;
  readonly #randomId: (prefix: string) => string;

  constructor(now: () => number, randomId: (prefix: string) => string) {
    this.#now = now;
    this.#randomId = randomId;
  }

  /** Issues a key; returns OpenAI's response body. */
  issue(request: z.infer<typeof clientSecretRequest>): ClientSecret {
    this.#forgetExpired();
    const session = request.session ?? { type: "realtime" };
    const value = this.#randomId("ek");
    const expiresAt = Math.floor(this.#now() / 1000) + (request.expires_after?.seconds ?? 600);
    this.#issued.set(value, { request: session, expiresAt });
    return { value, expires_at: expiresAt, session: openSession(session, this.#randomId("sess")) };
  }

  /** The session a key was issued for; throws OpenAI's 401 when the key is unknown or expired. */
  redeem(value: string): SessionRequest {
    const issued = this.#issued.get(value);
    if (!issued) throw new OpenAiError(401, "invalid_api_key", incorrectKey(value));
    if (this.#now() >= issued.expiresAt * 1000) {
      throw new OpenAiError(401, "token_expired", `Ephemeral token expired: ${masked(value)}.`);
    }
    return issued.request;
  }

  // Kept for an hour after expiry, so that a late call learns "expired" and not "unknown".
  #forgetExpired(): void {
    for (const [value, { expiresAt }] of this.#issued) {
      if (this.#now() > (expiresAt + 3600) * 1000) this.#issued.delete(value);
    }
  }
}

/** OpenAI's text for a wrong key. It contains parts of the key, so it must not reach a caller. */
export const incorrectKey = (value: string): string =>
  `Incorrect API key provided: ${masked(value)}. You can find your API key at https://platform.openai.com/account/api-keys.`;

const masked = (value: string): string =>
  value.length > 12 ? `${value.slice(0, 8)}${"*".repeat(value.length - 12)}${value.slice(-4)}` : value;
