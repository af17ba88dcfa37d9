// The door for signed tokens of configured issuers, through jose.
import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { Clock } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import type { Authenticator } from "../authenticator.ts";
import type { Caller } from "../caller.ts";
import type { IssuerConfig } from "./issuers.ts";
import { isMeantFor, rolesOf, userOf } from "./jwt-claims.ts";
import { createVerifiedTokens } from "./verified-tokens.ts";

export interface JwtPorts {
  clock: Pick<Clock, "now">;
  /** Picks the key of an issuer that publishes its keys. */
  keysOf(issuer: IssuerConfig): JWTVerifyGetKey;
}

type Verify = (token: string, now: number) => Promise<JWTPayload>;

interface Issuer {
  config: IssuerConfig;
  verify: Verify;
}

/** Longer ones carry more than a caller's identity, and cost their hashing each time. */
const MAX_TOKEN_BYTES = 8192;
const CLOCK_TOLERANCE_SECONDS = 5;

/**
 * Recognises every token that has a JWT's form and names a configured issuer, and then decides alone. Throws
 * `credentials-rejected`, or `identity-provider-unavailable` when the issuer's keys cannot be had.
 */
export const jwtAuthenticator = (
  issuers: readonly IssuerConfig[],
  { clock, keysOf }: JwtPorts,
): Authenticator => {
  const known = new Map(
    issuers.map((config): [string, Issuer] => [config.issuer, { config, verify: verifier(config, keysOf) }]),
  );
  const verified = createVerifiedTokens();

  const admit = async (token: string, { config, verify }: Issuer): Promise<Caller> => {
    const now = clock.now();
    const payload = await verify(token, now).catch((cause: unknown) => refuse(cause, config));
    const subject = userOf(payload, config.claims);
    if (subject === undefined) throw rejected(`the claim ${config.claims.user} names no user`);
    if (!isMeantFor(payload, config.claims, config.audience))
      throw rejected("the token is for somebody else");
    const { exp = 0, iat } = payload;
    // A token without its time of issue, or with one that lies ahead, may have been made now.
    const issuedAt = Math.min(iat ?? now / 1000, now / 1000);
    if (exp - issuedAt > config.max_lifetime_seconds + CLOCK_TOLERANCE_SECONDS) {
      throw rejected(`the token lives longer than max_lifetime_seconds: ${config.max_lifetime_seconds}`);
    }
    const { issuer } = config;
    const roles = rolesOf(payload, config.claims);
    const id = `jwt:${issuer}#${subject}`;
    // Who comes within the tolerance is let in, and is not cut off at once.
    const endsAt = (now < exp * 1000 ? exp : exp + CLOCK_TOLERANCE_SECONDS) * 1000;
    const caller: Caller = { kind: "jwt", id, issuer, subject, endsAt, roles };
    verified.remember(token, caller, exp, now);
    return caller;
  };

  return ({ bearer }) => {
    if (bearer === undefined || known.size === 0) return undefined;
    const caller = verified.find(bearer, clock.now());
    if (caller) return caller;
    const name = claimedIssuer(bearer);
    const issuer = name === undefined ? undefined : known.get(name);
    if (!issuer) return undefined;
    if (bearer.length > MAX_TOKEN_BYTES) throw rejected(`the token is longer than ${MAX_TOKEN_BYTES} bytes`);
    return () => admit(bearer, issuer);
  };
};

/** The issuer that a token says it is of, or undefined for what is no JWT. Nothing of it is believed yet. */
export const claimedIssuer = (token: string): string | undefined => {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
  try {
    const { iss } = decodeJwt(token);
    return typeof iss === "string" ? iss : undefined;
  } catch {
    return undefined;
  }
};

const verifier = (config: IssuerConfig, keysOf: JwtPorts["keysOf"]): Verify => {
  const options = {
    issuer: config.issuer,
    algorithms: config.algorithms,
    requiredClaims: ["exp"],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  };
  const at = (now: number) => ({ ...options, currentDate: new Date(now) });
  const key = staticKey(config);
  if (key) return async (token, now) => (await jwtVerify(token, key, at(now))).payload;
  const keys = keysOf(config);
  return async (token, now) => (await jwtVerify(token, keys, at(now))).payload;
};

const staticKey = ({ shared_secret: secret, public_key: pem }: IssuerConfig): KeyObject | undefined => {
  if (secret) return createSecretKey(secret.reveal(), "utf8");
  return pem === undefined ? undefined : createPublicKey(pem);
};

const rejected = (reason: string): Failure =>
  new Failure("credentials-rejected", undefined, { cause: new Error(reason) });

const providerFaults = [errors.JWKSTimeout, errors.JWKSInvalid, errors.JWKInvalid];

const refuse = (cause: unknown, { cooldown_seconds: seconds }: IssuerConfig): never => {
  // jose answers an unreachable or failing JWKS address with its plain base class or fetch's own error.
  const faultOfProvider =
    providerFaults.some((kind) => cause instanceof kind) ||
    !(cause instanceof errors.JOSEError) ||
    cause.code === "ERR_JOSE_GENERIC";
  if (!faultOfProvider) throw new Failure("credentials-rejected", undefined, { cause });
  const headers = { "retry-after": String(Math.max(1, seconds)) };
  throw new Failure("identity-provider-unavailable", undefined, { cause, headers });
};
