// The allow-list of request header fields: only these go on to OpenAI. Pure.
import { hash } from "node:crypto";
import type { Fields } from "../../upstream/relay.ts";

/** None tells the caller's identity, software or credentials. Fields that describe the body are written anew. */
const allowed = [
  "accept",
  "idempotency-key",
  "if-match",
  "if-none-match",
  "openai-beta",
  "range",
  "x-client-request-id",
];

/**
 * The fields for OpenAI as name, value, name, value, … `identity` is the hash of the caller's id: OpenAI can trace abuse to
 * it, and it keeps equal idempotency keys of two callers apart, which OpenAI sees under one upstream key.
 */
export const allowedRequestHeaders = (fields: Fields, identity: string): string[] => {
  // Uncompressed, as the usage in the answer is read.
  const sent = ["accept-encoding", "identity", "openai-safety-identifier", identity];
  for (const name of allowed) {
    const value = fields[name];
    if (typeof value !== "string") continue;
    sent.push(name, name === "idempotency-key" ? hash("sha256", `${identity} ${value}`) : value);
  }
  return sent;
};
