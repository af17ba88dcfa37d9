// The door for signed tokens of configured issuers, through jose.
import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import {
  createRemoteJWKSet,
  decodeJwt,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import type { Clock } from "../clock.ts";
import { Failure } from "../failure.ts";
import type { Authenticator } from "./authenticator.ts";
import type { Caller } from "./caller.ts";
import type { IssuerConfig } from "./issuers.ts";
import { createVerifiedTokens } from "./verified-tokens.ts";

type Verify = (token: string, now: number) => Promise<JWTPayload>;

/**
 * Recognises every token that has a JWT's form and names a configured issuer, and then decides alone. Throws
 * `credentials-rejected`, or `identity-provider-unavailable` when the issuer's keys cannot be had.
 */
export const jwtAuthenticator = (
  issuers: readonly IssuerConfig[],
  clock: Pick<Clock, "now">,
): Authenticator => {
  const verifiers = new Map(issuers.map((issuer) => [issuer.issuer, verifier(issuer)]));
  const verified = createVerifiedTokens();

  const admit = async (token: string, issuer: string, verify: Verify): Promise<Caller> => {
    const { sub, exp } = await verify(token, clock.now()).catch(refuse);
    if (typeof sub !== "string" || sub === "" || exp === undefined) {
      throw new Failure("credentials-rejected", undefined, { cause: new Error("the token has no sub") });
    }
    const caller: Caller = { kind: "jwt", id: `jwt:${issuer}#${sub}`, issuer, subject: sub, roles: [] };
    verified.remember(token, caller, exp, clock.now());
    return caller;
  };

  return ({ bearer }) => {
    if (bearer === undefined || verifiers.size === 0) return undefined;
    const known = verified.find(bearer, clock.now());
    if (known) return known;
    const issuer = claimedIssuer(bearer);
    const verify = issuer === undefined ? undefined : verifiers.get(issuer);
    if (issuer === undefined || verify === undefined) return undefined;
    return () => admit(bearer, issuer, verify);
  };
};

const claimedIssuer = (token: string): string | undefined => {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
};

const verifier = (config: IssuerConfig): Verify => {
  const options = {
    issuer: config.issuer,
    audience: config.audience,
    algorithms: config.algorithms,
    requiredClaims: ["exp", "sub"],
    clockTolerance: 5,
  };
  const at = (now: number) => ({ ...options, currentDate: new Date(now) });
  if (config.jwks_url !== undefined) {
    const keys: JWTVerifyGetKey = createRemoteJWKSet(new URL(config.jwks_url));
    return async (token, now) => (await jwtVerify(token, keys, at(now))).payload;
  }
  const key = staticKey(config);
  return async (token, now) => (await jwtVerify(token, key, at(now))).payload;
};

const staticKey = ({ shared_secret: secret, public_key: pem }: IssuerConfig): KeyObject =>
  secret ? createSecretKey(secret.reveal(), "utf8") : createPublicKey(pem ?? "");

const providerFaults = [errors.JWKSTimeout, errors.JWKSInvalid, errors.JWKInvalid];

const refuse = (cause: unknown): never => {
  // jose answers an unreachable or failing JWKS address with its plain base class or fetch's own error.
  const faultOfProvider =
    providerFaults.some((kind) => cause instanceof kind) ||
    !(cause instanceof errors.JOSEError) ||
    cause.code === "ERR_JOSE_GENERIC";
  throw new Failure(faultOfProvider ? "identity-provider-unavailable" : "credentials-rejected", undefined, {
    cause,
  });
};
