// The hashed id of an end user that OpenAI is told, so that abuse can be traced without naming anybody.
import { createHmac } from "node:crypto";

/**
 * A keyed hash, so that knowing somebody's address does not tell their identifier. 64 hexadecimal digits; OpenAI
 * takes at most 128 characters.
 */
export const hashIdentityWith =
  (salt: string) =>
  (id: string): string =>
    createHmac("sha256", salt).update(id).digest("hex");
