// The hashed id of an end user that OpenAI is told, so that abuse can be traced without naming a person.
import { createHmac } from "node:crypto";
import type { Secret } from "../secret.ts";

/**
 * A keyed hash, so that the identifier of an address cannot be computed without the salt. 64 hexadecimal digits; OpenAI
 * takes at most 128 characters.
 */
export const hashIdentityWith = (salt: Secret): ((id: string) => string) => {
  const key = salt.reveal();
  return (id) => createHmac("sha256", key).update(id).digest("hex");
};
