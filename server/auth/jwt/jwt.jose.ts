// Authenticates by the signed tokens (JWT) of configured issuers, with the library jose.
import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
// Part by part: the whole library takes a part of the start.
import type { JWTPayload, JWTVerifyGetKey } from "jose";
import { decodeProtectedHeader } from "jose/decode/protected_header";
import * as errors from "jose/errors";
import { decodeJwt } from "jose/jwt/decode";
import { jwtVerify } from "jose/jwt/verify";
import type { Clock } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import type { Authenticator } from "../authenticator.ts";
import type { Caller } from "../caller.ts";
import { type RejectionReason, rejected } from "../rejection.ts";
import { createVerifiedCache } from "../verified-cache.ts";
import type { IssuerConfig } from "./issuers.ts";
import { isMeantFor, rolesOf, teamOf, userOf } from "./jwt-claims.ts";
import * as describe from "./rejected-token.ts";

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

/** Longer tokens carry more than an identity, and each request would pay for hashing them. */
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
  const verified = createVerifiedCache();

  const accept = async (token: string, { config, verify }: Issuer): Promise<Caller> => {
    const now = clock.now();
    const payload = await verify(token, now).catch((cause: unknown) => refuse(cause, token, config, now));
    const subject = userOf(payload, config.claims);
    if (subject === undefined) throw rejected("jwt-claims", describe.noUser(payload, config));
    if (!isMeantFor(payload, config.claims, config.audience))
      throw rejected("jwt-audience", describe.wrongAudience(payload, config));
    const { exp = 0, iat } = payload;
    // A token without its time of issue, or with one that lies ahead, may have been made now.
    const issuedAt = Math.min(iat ?? now / 1000, now / 1000);
    if (exp - issuedAt > config.max_lifetime_seconds + CLOCK_TOLERANCE_SECONDS) {
      const { max_lifetime_seconds: longest } = config;
      throw rejected(
        "jwt-lifetime",
        describe.otherFault(`it lives longer than max_lifetime_seconds: ${longest}`, config),
      );
    }
    const { issuer } = config;
    const roles = rolesOf(payload, config.claims);
    const team = teamOf(payload, config.claims);
    const id = `jwt:${issuer}#${subject}`;
    // A token within the tolerance after its end is accepted, so it must not be cut off at once.
    const endsAt = (now < exp * 1000 ? exp : exp + CLOCK_TOLERANCE_SECONDS) * 1000;
    const caller: Caller = { kind: "jwt", id, issuer, subject, endsAt, roles, team };
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
    if (bearer.length > MAX_TOKEN_BYTES)
      throw rejected("jwt-too-long", `the token is longer than ${MAX_TOKEN_BYTES} bytes`);
    return () => accept(bearer, issuer);
  };
};

/** Rejects every token that has a JWT's form, and says in the log whose it is: to be asked last. */
export const unknownIssuerAuthenticator =
  (issuers: readonly IssuerConfig[]): Authenticator =>
  ({ bearer }) => {
    const name = bearer === undefined ? undefined : claimedIssuer(bearer);
    if (name !== undefined) throw rejected("token-unknown", describe.unknownIssuer(name, issuers));
    return undefined;
  };

/** The `iss` of a token that is not verified yet; undefined for what is no JWT. */
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

const providerFaults = [errors.JWKSTimeout, errors.JWKSInvalid, errors.JWKInvalid];

const isFaultOfToken = (error: unknown): error is errors.JOSEError =>
  // jose answers an unreachable or failing JWKS address with its plain base class or fetch's own error.
  error instanceof errors.JOSEError &&
  error.code !== "ERR_JOSE_GENERIC" &&
  !providerFaults.some((kind) => error instanceof kind);

const reasonOf = (error: errors.JOSEError): RejectionReason => {
  if (error instanceof errors.JWSSignatureVerificationFailed) return "jwt-signature";
  if (error instanceof errors.JWTExpired) return "jwt-expired";
  if (error instanceof errors.JWKSNoMatchingKey) return "jwt-key-unknown";
  if (error instanceof errors.JOSEAlgNotAllowed) return "jwt-algorithm";
  if (!(error instanceof errors.JWTClaimValidationFailed)) return "jwt-malformed";
  if (error.claim === "nbf" && error.reason === "check_failed") return "jwt-not-yet-valid";
  return "jwt-claims";
};

const detailOf = (
  reason: RejectionReason,
  cause: errors.JOSEError,
  token: string,
  config: IssuerConfig,
  now: number,
): string => {
  if (cause instanceof errors.JWTExpired) return describe.expired(cause.payload, config, now);
  if (reason === "jwt-algorithm") return describe.wrongAlgorithm(headerOf(token).alg, config);
  if (reason === "jwt-key-unknown") return describe.unknownKey(headerOf(token).kid, config);
  if (reason === "jwt-not-yet-valid" && cause instanceof errors.JWTClaimValidationFailed)
    return describe.notYetValid(cause.payload, config, now);
  return describe.otherFault(cause.message, config);
};

const headerOf = (token: string): { alg?: unknown; kid?: unknown } => {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return {};
  }
};

const refuse = (cause: unknown, token: string, config: IssuerConfig, now: number): never => {
  if (isFaultOfToken(cause)) {
    const reason = reasonOf(cause);
    throw rejected(reason, detailOf(reason, cause, token, config, now));
  }
  const { cooldown_seconds: seconds } = config;
  const headers = { "retry-after": String(Math.max(1, seconds)) };
  throw new Failure("identity-provider-unavailable", undefined, { cause, headers });
};
