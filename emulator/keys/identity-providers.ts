// Workload identity providers: who signs the identities that are exchanged for access tokens, and for which service accounts.
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from "jose";
import { z } from "zod";

const identityProvider = z.strictObject({
  id: z.string().min(1),
  issuer: z.string().min(1),
  audience: z.string().min(1),
  /** The issuer's public keys. */
  jwks: z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) }),
  /** The mappings; `subject` is the one that the identity must have, any where it is left out. */
  service_accounts: z
    .array(z.strictObject({ id: z.string().min(1), subject: z.string().min(1).optional() }))
    .min(1),
  /** How long access tokens live at most. */
  token_seconds: z.number().positive().max(3600).default(3600),
});

export const identityProvidersRequest = z.strictObject({ providers: z.array(identityProvider).max(50) });

export type IdentityProvider = z.infer<typeof identityProvider>;

export const exchangeRequest = z.looseObject({
  grant_type: z.literal("urn:ietf:params:oauth:grant-type:token-exchange"),
  subject_token_type: z.enum([
    "urn:ietf:params:oauth:token-type:jwt",
    "urn:ietf:params:oauth:token-type:id_token",
  ]),
  subject_token: z.string().max(16_384),
  identity_provider_id: z.string(),
  service_account_id: z.string(),
});

/** OAuth's error response. */
export class ExchangeRefusal extends Error {
  readonly status: 400 | 401;
  readonly code: string;

  constructor(status: 400 | 401, code: string, message: string) {
    super(message);
    this.name = "ExchangeRefusal";
    this.status = status;
    this.code = code;
  }
}

export class IdentityProviders {
  #providers: readonly IdentityProvider[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  replace(providers: readonly IdentityProvider[]): void {
    this.#providers = providers;
  }

  /** How long an access token for this identity lives, in seconds: never longer than the identity. Throws an `ExchangeRefusal`. */
  async lifeFor(request: z.infer<typeof exchangeRequest>): Promise<number> {
    const provider = this.#providers.find(({ id }) => id === request.identity_provider_id);
    if (!provider) throw new ExchangeRefusal(400, "invalid_request", "Unknown identity provider.");
    const { sub, exp = 0 } = await this.#verify(request.subject_token, provider);
    const account = provider.service_accounts.find(({ id }) => id === request.service_account_id);
    if (!account || (account.subject !== undefined && account.subject !== sub)) {
      throw new ExchangeRefusal(
        401,
        "invalid_grant",
        "No service account mapping matches the subject token.",
      );
    }
    return Math.floor(Math.min(provider.token_seconds, exp - this.#now() / 1000));
  }

  async #verify(token: string, { issuer, audience, jwks }: IdentityProvider): Promise<JWTPayload> {
    const keys = createLocalJWKSet(jwks as unknown as JSONWebKeySet);
    const currentDate = new Date(this.#now());
    const requiredClaims = ["iss", "aud", "sub", "exp", "iat"];
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        ...{ issuer, audience, currentDate, requiredClaims },
      });
      if (protectedHeader.kid) return payload;
    } catch {}
    throw new ExchangeRefusal(401, "invalid_grant", "The subject token could not be verified.");
  }
}
