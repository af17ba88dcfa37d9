// Tickets, with which a page starts one supervised session, and the grants by which its session is known afterwards. Pure.
import { hash } from "node:crypto";
import type { Random } from "../../random.ts";
import { Secret } from "../../secret.ts";

/** 256 bits: that many cannot be guessed, so a hash without a key keeps them. */
const SECRET_BYTES = 32;
const TICKET = /^ek_[\w-]{43}$/;
const GRANT = /^vg_[\w-]{43}$/;

/** A new secret, and the hash by which it is found again. */
export interface Issued {
  value: Secret;
  hash: string;
}

/** `ek_…`, as OpenAI's keys for pages begin: clients take it for one. */
export const newTicket = (random: Pick<Random, "bytes">): Issued => issue("ek_", random);

/** `vg_…` */
export const newGrant = (random: Pick<Random, "bytes">): Issued => issue("vg_", random);

/** `vs_…`: no secret. */
export const newSessionId = (random: Pick<Random, "bytes">): string =>
  `vs_${random.bytes(16).toString("base64url")}`;

/** The hash of a ticket; undefined for a text that is none. */
export const hashTicket = (text: string): string | undefined =>
  TICKET.test(text) ? hashOf(text) : undefined;

/** The hash of a grant; undefined for a text that is none. */
export const hashGrant = (text: string): string | undefined => (GRANT.test(text) ? hashOf(text) : undefined);

const issue = (prefix: string, random: Pick<Random, "bytes">): Issued => {
  const text = prefix + random.bytes(SECRET_BYTES).toString("base64url");
  return { value: new Secret(text), hash: hashOf(text) };
};

const hashOf = (text: string): string => hash("sha256", text, "hex");
