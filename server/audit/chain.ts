// The chain of hashes: each entry holds the hash of the one before, and is sealed with a key. Pure.
import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Secret } from "../secret.ts";
import type { AuditEntry } from "./entry.ts";

/** Where a chain is: its last entry. */
export interface Head {
  number: number;
  hash: string;
}

/** An entry as it is kept. `chain`, `number`, `at` and `action` stand in the body too; beside it they are for queries. */
export interface Link extends Head {
  chain: string;
  at: number;
  action: string;
  /** JSON. The hash is over exactly this text. */
  body: string;
  /** The key's id and the hash's HMAC, with a colon between. */
  seal: string;
}

/** SHA-256 of the body: everyone can check it, and could also make it anew. The seal is what needs the key. */
export const hashOf = (body: string): string => hash("sha256", body, "hex");

export interface Sealer {
  /** Identifies the key without revealing it. */
  readonly keyId: string;
  seal(hash: string): string;
  /** Tells whether something is the same as another time, and nothing about it to those without the key. */
  fingerprint(text: string): string;
}

export const sealerOf = (key: Secret): Sealer => {
  const bytes = Buffer.from(key.reveal());
  const mac = (text: string) => createHmac("sha256", bytes).update(text).digest("base64url");
  const keyId = mac("key id").slice(0, 8);
  return {
    keyId,
    seal: (hash) => `${keyId}:${mac(hash)}`,
    fingerprint: (text) => mac(`fingerprint ${text}`).slice(0, 16),
  };
};

export type SealCheck = "right" | "wrong" | "other-key";

export const checkSeal = (
  { keyId, seal }: Sealer,
  { hash, seal: given }: Pick<Link, "hash" | "seal">,
): SealCheck => {
  if (!given.startsWith(`${keyId}:`)) return "other-key";
  const [expected, found] = [Buffer.from(seal(hash)), Buffer.from(given)];
  return expected.length === found.length && timingSafeEqual(expected, found) ? "right" : "wrong";
};

/** The entry as the next of its chain; the first where there is none before it. */
export const link = (entry: AuditEntry, chain: string, before: Head | undefined, sealer: Sealer): Link => {
  const { at, action, actor, target, details } = entry;
  const number = (before?.number ?? 0) + 1;
  const previous = before?.hash ?? null;
  const body = JSON.stringify({
    v: 1,
    chain,
    number,
    at: moment(at),
    action,
    actor,
    target,
    details,
    previous,
  });
  const hash = hashOf(body);
  return { chain, number, at, action, body, hash, seal: sealer.seal(hash) };
};

const moment = (at: number): string => new Date(at).toISOString();

/** A body of version 1. Fields that a later version adds are kept as they are. */
const bodySchema = z.looseObject({
  v: z.literal(1),
  chain: z.string(),
  number: z.int(),
  at: z.iso.datetime().transform((text) => Date.parse(text)),
  action: z.string(),
  actor: z.string(),
  target: z.string().optional(),
  details: z.record(z.string(), z.unknown()),
  previous: z.string().nullable(),
});

export type Body = z.output<typeof bodySchema>;

/** Undefined where the text is no entry. */
export const readBody = (text: string): Body | undefined => {
  try {
    return bodySchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};
