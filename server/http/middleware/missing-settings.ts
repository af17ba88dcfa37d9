// Notices requests that fail or count wrongly because a setting is missing: the operator reads of them in the log.
import type { TrustedProxies } from "../../net/client-address.ts";
import type { Subscriber } from "../../observe/event.ts";
import type { RequestFacts } from "../facts.ts";

interface MissingSettingServices {
  allowedOrigins: ReadonlySet<string>;
  proxies: TrustedProxies;
  emit: Subscriber;
}

const forwardingHeaders = ["x-forwarded-for", "forwarded"] as const;

/** Reports a page whose origin is not allowed, and a proxy's header where no proxy is trusted. Every client can cause both. */
export const noticeMissingSettings = (
  facts: RequestFacts,
  { allowedOrigins, proxies, emit }: MissingSettingServices,
): void => {
  const origin = facts.header("origin");
  if (origin !== undefined && !allowedOrigins.has(origin) && isFromOtherPage(facts, origin)) {
    emit({ kind: "origin-refused", origin });
  }
  // Of a web request the application says the address: frameworks add the header for themselves.
  if (!proxies.areNone || facts.outgoing.hostRequest instanceof Request) return;
  const header = forwardingHeaders.find((name) => facts.header(name) !== undefined);
  if (header) emit({ kind: "proxy-unknown", header, peer: facts.address });
};

// Browsers do not apply CORS to WebSockets, nor to the service's own page, which sends its origin too.
const isFromOtherPage = (facts: RequestFacts, origin: string): boolean => {
  const site = facts.header("sec-fetch-site");
  if (facts.outgoing.upgrade || site === "same-origin" || site === "none") return false;
  const host = facts.header("host");
  return origin !== `https://${host}` && origin !== `http://${host}`;
};
