// The hashed id of an end user that OpenAI is told, so that abuse can be traced without naming anybody.
import { createHmac } from "node:crypto";
import type { Secret } from "../secret.ts";

const REMEMBERED = 10_000;

/**
 * A keyed hash, so that knowing somebody's address does not tell their identifier. 64 hexadecimal digits; OpenAI
 * takes at most 128 characters.
 */
export const hashIdentityWith = (salt: Secret): ((id: string) => string) => {
  const key = salt.reveal();
  const known = new Map<string, string>();
  return (id) => {
    const found = known.get(id);
    if (found) return found;
    const hash = createHmac("sha256", key).update(id).digest("hex");
    if (known.size >= REMEMBERED) known.clear();
    known.set(id, hash);
    return hash;
  };
};
