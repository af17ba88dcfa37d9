// The door for requests that another server signed (RFC 9421) with a secret that it shares with us.
import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import { nameSchema } from "../../names.ts";
import { Secret } from "../../secret.ts";
import type { Authenticator, SignedParts } from "../authenticator.ts";
import type { Caller } from "../caller.ts";
import { rolesSchema } from "../roles.ts";
import type { Nonces } from "./nonces.ts";
import { BadSignature, type MessageSignature, readSignature } from "./signature-base.ts";

/** One entry of `callers.signers`. */
export const signerSchema = z.strictObject({
  name: nameSchema.describe("Who this is: the `keyid` of its signatures, and in `allow: [signer:NAME]`."),
  secret: z
    .string()
    .min(32, "must have at least 32 characters")
    .transform((text) => new Secret(text))
    .describe("The secret shared with it, at least 32 characters."),
  roles: rolesSchema.default([]).describe("Its roles, for `allow: [role:NAME]` and limits."),
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
 * is a body, its Content-Digest, which is held against the body where that is read. Throws `credentials-rejected`, or
 * `shared-state-unavailable` when it cannot be found out whether the nonce was used.
 */
export const signerAuthenticator = (
  signers: readonly SignerConfig[],
  { clock, nonces }: SignerPorts,
): Authenticator => {
  const byName = new Map(signers.map((signer) => [signer.name, signer]));
  const nobodys = new Secret("");

  const examine = async (request: SignedParts): Promise<Caller> => {
    const signed = read(request);
    const signer = byName.get(signed.keyId);
    // Computed for unknown signers too, so that time does not tell who is known.
    const isRight = verify(signed, signer?.secret ?? nobodys);
    if (!signer || !isRight) throw rejected(`the signature is not ${signed.keyId}'s`);
    checkCoverage(signed, request);
    checkTime(signed, clock.now() / 1000);
    // The nonce is remembered last, so a forger cannot fill the store.
    if (!(await isFirst(nonces, signed))) throw rejected("the nonce was used before");
    return { kind: "signer", id: `signer:${signer.name}`, name: signer.name, roles: signer.roles };
  };

  return ({ request, bearer, solution }) => {
    const isSigned = ["signature", "signature-input"].some((name) => request.headers[name] !== undefined);
    if (!isSigned || signers.length === 0) return undefined;
    if (bearer !== undefined || solution !== undefined) throw rejected("there are two credentials");
    return () => examine(request);
  };
};

const read = (request: SignedParts): MessageSignature => {
  try {
    return readSignature(request);
  } catch (error) {
    if (error instanceof BadSignature) throw new Failure("credentials-rejected", undefined, { cause: error });
    throw error;
  }
};

const verify = ({ base, signature }: MessageSignature, secret: Secret): boolean => {
  const wanted = createHmac("sha256", secret.reveal()).update(base).digest();
  return signature.length === wanted.length && timingSafeEqual(signature, wanted);
};

const checkCoverage = ({ components }: MessageSignature, { headers }: SignedParts): void => {
  const hasBody = headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  const needed = ["@method", "@path", "@query", ...(hasBody ? ["content-digest"] : [])];
  const missing = needed.filter((component) => !components.includes(component));
  if (missing.length > 0) throw rejected(`the signature does not cover ${missing.join(", ")}`);
};

const checkTime = ({ created, expires, nonce }: MessageSignature, now: number): void => {
  if (Math.abs(now - created) > SKEW_SECONDS) throw rejected("the signature is too old, or of the future");
  if (expires !== undefined && expires < now) throw rejected("the signature has expired");
  if (!NONCE.test(nonce)) throw rejected("the nonce must have 16 to 128 characters");
};

const isFirst = async (nonces: Nonces, { keyId, nonce }: MessageSignature): Promise<boolean> => {
  try {
    return await nonces.once(keyId, nonce, 2 * SKEW_SECONDS);
  } catch (cause) {
    throw new Failure("shared-state-unavailable", undefined, { cause, headers: { "retry-after": "1" } });
  }
};

const rejected = (reason: string): Failure =>
  new Failure("credentials-rejected", undefined, { cause: new Error(reason) });
