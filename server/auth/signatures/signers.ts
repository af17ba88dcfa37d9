// Authenticates requests that another server signed (RFC 9421) with a secret that it shares with us.
import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import { nameSchema } from "../../names.ts";
import { Secret } from "../../secret.ts";
import { secretText } from "../../secret-schema.ts";
import type { Authenticator } from "../authenticator.ts";
import type { Caller } from "../caller.ts";
import { rejected } from "../rejection.ts";
import { rolesSchema } from "../roles.ts";
import { teamSchema } from "../team.ts";
import type { Nonces } from "./nonces.ts";
import { BadSignature, type MessageSignature, readSignature, type SignedRequest } from "./signature-base.ts";

/** One entry of `callers.signers`. */
export const signerSchema = z.strictObject({
  name: nameSchema.describe("Who this is: the `keyid` of its signatures, and in `allow: [signer:NAME]`."),
  secret: secretText(z.string().min(32, "must have at least 32 characters")).describe(
    "The secret shared with it, at least 32 characters.",
  ),
  roles: rolesSchema.default([]).describe("Its roles, for `allow: [role:NAME]` and limits."),
  team: teamSchema.optional().describe("Its team, for reports and budgets."),
});

export type SignerConfig = z.output<typeof signerSchema>;

export interface SignerPorts {
  clock: Pick<Clock, "now">;
  nonces: Nonces;
}

/** How far the signer's clock may be from ours, either way. */
const SKEW_SECONDS = 300;
const NONCE = /^[\x20-\x7e]{16,128}$/;

/**
 * Recognises requests with a signature, and then decides alone. The signature covers method, path, query and, where there
 * is a body, its Content-Digest, which is compared with the body where that is read. Throws `credentials-rejected`, or
 * `shared-state-unavailable` when the nonce cannot be looked up.
 */
export const signerAuthenticator = (
  signers: readonly SignerConfig[],
  { clock, nonces }: SignerPorts,
): Authenticator => {
  const byName = new Map(signers.map((signer) => [signer.name, signer]));
  const noSecret = new Secret("");

  const verify = async (request: SignedRequest): Promise<Caller> => {
    const signed = read(request);
    const signer = byName.get(signed.keyId);
    // Computed for unknown signers too, so that time does not tell which names are known.
    const isValid = isSignedWith(signer?.secret ?? noSecret, signed);
    if (!signer || !isValid) throw rejected("signature-invalid", `the signature is not ${signed.keyId}'s`);
    checkCoverage(signed, request);
    checkTime(signed, clock.now() / 1000);
    // The nonce is remembered last, so a forger cannot fill the store.
    if (!(await isFirst(nonces, signed))) throw rejected("nonce-reused", "the nonce was used before");
    const { name, roles, team } = signer;
    return { kind: "signer", id: `signer:${name}`, name, roles, team };
  };

  return (credentials) => {
    if (signers.length === 0) return undefined;
    const request = credentials.request();
    const { signature, "signature-input": input } = request.headers;
    if (signature === undefined && input === undefined) return undefined;
    if (credentials.bearer !== undefined || credentials.solution !== undefined)
      throw rejected("credentials-ambiguous", "there are two credentials");
    return () => verify(request);
  };
};

const read = (request: SignedRequest): MessageSignature => {
  try {
    return readSignature(request);
  } catch (error) {
    if (error instanceof BadSignature) throw rejected("signature-malformed", error.message, error.cause);
    throw error;
  }
};

const isSignedWith = (secret: Secret, { base, signature }: MessageSignature): boolean => {
  const expected = createHmac("sha256", secret.reveal()).update(base).digest();
  return signature.length === expected.length && timingSafeEqual(signature, expected);
};

const checkCoverage = ({ components }: MessageSignature, { headers }: SignedRequest): void => {
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  const needed = ["@method", "@path", "@query", ...(hasBody ? ["content-digest"] : [])];
  const missing = needed.filter((component) => !components.includes(component));
  if (missing.length > 0)
    throw rejected("signature-coverage", `the signature does not cover ${missing.join(", ")}`);
};

const checkTime = ({ created, expires, nonce }: MessageSignature, now: number): void => {
  if (Math.abs(now - created) > SKEW_SECONDS)
    throw rejected("signature-stale", "the signature is too old, or of the future");
  if (expires !== undefined && expires < now) throw rejected("signature-stale", "the signature has expired");
  if (!NONCE.test(nonce)) throw rejected("nonce-malformed", "the nonce must have 16 to 128 characters");
};

const isFirst = async (nonces: Nonces, { keyId, nonce }: MessageSignature): Promise<boolean> => {
  try {
    return await nonces.once(keyId, nonce, 2 * SKEW_SECONDS);
  } catch (cause) {
    throw new Failure("shared-state-unavailable", undefined, { cause, headers: { "retry-after": "1" } });
  }
};
