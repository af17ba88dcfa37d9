// Which header fields travel with a relayed request. What is not named here stays. Pure.
import { hash } from "node:crypto";
import type { Fields } from "../../upstream/relay.ts";

/**
 * Nothing that says who the caller is, what runs at their place, or how they showed who they are. What describes the body is
 * written anew, as it was read.
 */
const going = [
  "accept",
  "idempotency-key",
  "if-match",
  "if-none-match",
  "openai-beta",
  "range",
  "x-client-request-id",
];

/**
 * Name, value, name, value, …: what goes on to OpenAI. `identity` is the caller's, unreadable: OpenAI can trace abuse to it
 * as with a minted key, and two callers' idempotency keys are never one, although they come with the same key of ours.
 */
export const allowedRequestHeaders = (fields: Fields, identity: string): string[] => {
  // What comes back is read on its way, so it comes as it is.
  const sent = ["accept-encoding", "identity", "openai-safety-identifier", identity];
  for (const name of going) {
    const value = fields[name];
    if (typeof value !== "string") continue;
    sent.push(name, name === "idempotency-key" ? hash("sha256", `${identity} ${value}`) : value);
  }
  return sent;
};
