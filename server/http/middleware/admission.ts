// Steps that refuse a request by its head alone, or because the instance drains.
import { Failure } from "../../failures/failure.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";
import type { Lifecycle } from "../server/lifecycle.ts";

/** Work in flight goes on. */
export const acceptWork = step(
  ["draining"],
  (facts: RequestFacts, { lifecycle }: { lifecycle: Lifecycle }) => {
    if (lifecycle.refusing) {
      throw new Failure("draining", undefined, { headers: { connection: "close", "retry-after": "1" } });
    }
    lifecycle.enter();
    facts.onEnd(lifecycle.leave);
  },
);

/** Refuses HEAD on routes that mint or call. */
export const refuseHead = step([], ({ method }: RequestFacts) => {
  if (method !== "HEAD") return;
  const headers = { allow: "GET, POST" };
  throw new Failure("method-not-allowed", "This address answers GET, POST.", { headers });
});

const MAX_HEADERS = 64;
const MAX_ADDRESS_BYTES = 8192;

/** Throws `request-malformed` where two hosts are named. */
export const limitHeaders = step(["address-too-long", "headers-too-large"], ({ incoming }: RequestFacts) => {
  const { rawHeaders, url = "" } = incoming;
  if (url.length > MAX_ADDRESS_BYTES) {
    throw new Failure("address-too-long", `An address may have ${MAX_ADDRESS_BYTES} bytes.`);
  }
  if (rawHeaders.length > 2 * MAX_HEADERS) {
    throw new Failure("headers-too-large", `A request may have ${MAX_HEADERS} headers.`);
  }
  if (namesTwoHosts(rawHeaders)) {
    const headers = { connection: "close" };
    throw new Failure("request-malformed", "A request has one Host header.", { headers });
  }
});

// Node keeps the first; a proxy before us may have gone by the second (RFC 9112, 3.2).
const namesTwoHosts = (rawHeaders: readonly string[]): boolean => {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (name.length === 4 && name.toLowerCase() === "host") hosts += 1;
  }
  return hosts > 1;
};
