// The hashed id of an end user that OpenAI is told, so that abuse can be traced without naming a person.
import { createHmac } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Secret } from "../secret.ts";

/** A relayed request needs the identifier for OpenAI and for the log: hashing it twice is a tenth of the request's cost. */
const MAX_IDENTIFIERS = 10_000;

/**
 * A keyed hash, so that the identifier of an address cannot be computed without the salt. 64 hexadecimal digits; OpenAI
 * takes at most 128 characters.
 */
export const hashIdentityWith = (salt: Secret): ((id: string) => string) => {
  const key = salt.reveal();
  const known = new LRUCache<string, string>({ max: MAX_IDENTIFIERS });
  return (id) => {
    const found = known.get(id);
    if (found !== undefined) return found;
    const identifier = createHmac("sha256", key).update(id).digest("hex");
    known.set(id, identifier);
    return identifier;
  };
};
