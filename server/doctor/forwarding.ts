// Whether the service learns whose request a proxy passes on, and believes it of that proxy alone. Pure.
import type { ForwardedHeader } from "../net/forwarded.ts";
import type { SeenRequest } from "../net/seen-request.ts";
import type { About } from "./about.ts";
import type { Finding } from "./finding.ts";

export interface ForwardingRules {
  /** The public address. */
  url: string;
  forwardedHeader: ForwardedHeader;
  isTrusted(address: string): boolean;
  /** The scheme and port at which the service itself listens. */
  own: { isTls: boolean; port: number };
}

/** For documents (RFC 5737): no client has it. */
export const INVENTED_ADDRESS = "192.0.2.77";

/** `forged` is how the same request arrived with an invented address in the header. */
export const forwardingFaults = (
  on: About,
  seen: SeenRequest,
  forged: SeenRequest | undefined,
  rules: ForwardingRules,
): Finding[] => {
  const address = addressFault(on, seen, forged, rules);
  const found = address ? [address] : [];
  if (isFronted(seen, rules)) found.push(...hostFaults(on, seen, rules));
  else if (!address) found.push(on.note("arrival.direct", "nothing seems to stand in front of it"));
  // Of a proxy that is not trusted the scheme is not read.
  return seen.is_trusted ? [...found, ...schemeFaults(on, seen, rules)] : found;
};

const isFronted = ({ forwarding_headers: headers }: SeenRequest, { url, own }: ForwardingRules): boolean => {
  const { protocol, port } = new URL(url);
  const isTls = protocol === "https:";
  return headers.length > 0 || isTls !== own.isTls || Number(port || (isTls ? 443 : 80)) !== own.port;
};

const addressFault = (
  on: About,
  seen: SeenRequest,
  forged: SeenRequest | undefined,
  rules: ForwardingRules,
): Finding | undefined => {
  const { forwardedHeader: header } = rules;
  const { forwarding_headers: headers, peer } = seen;
  const other = header === "forwarded" ? "x-forwarded-for" : "forwarded";
  if (headers.includes(other) && !headers.includes(header)) {
    return on.fault(
      "arrival.header",
      `names callers in ${other}, and the service reads ${header}`,
      "What stands there is a caller's own, or nothing: limits by address are of no use.",
      `Set FORWARDED_HEADER to ${other}.`,
    );
  }
  // Where the proxy says that doctor itself is at a trusted address, what it writes is believed, as it should be.
  const isBelieved = headers.includes(header) && rules.isTrusted(seen.address);
  if (forged?.address === INVENTED_ADDRESS && !isBelieved) {
    return on.fault(
      "arrival.forged",
      "lets callers choose their own address",
      `The proxy passes on what a caller writes into ${header}: limits by address are of no use.`,
      `Have it add or set its own peer; nginx: ${header === "forwarded" ? 'proxy_set_header Forwarded "for=$remote_addr"' : "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for"}.`,
    );
  }
  if (!isFronted(seen, rules)) return undefined;
  if (!headers.includes(header)) {
    return on.fault(
      "arrival.unnamed",
      "does not tell whose requests it passes on",
      `The proxy adds no ${header}: all callers share its address, and its limits.`,
      "nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; and TRUSTED_PROXIES names the proxy.",
    );
  }
  if (seen.is_trusted) return undefined;
  return on.fault(
    "arrival.untrusted",
    `comes from the proxy ${peer}, which the service does not trust`,
    `What it says in ${header} is not believed: all callers share its address, and its limits.`,
    `Add ${peer}, or its network, to TRUSTED_PROXIES.`,
  );
};

const hostFaults = (on: About, { host }: SeenRequest, { url }: ForwardingRules): Finding[] => {
  const asked = new URL(url).host;
  if (host === asked) return [];
  return [
    on.warning(
      "arrival.host",
      `arrives with the host ${host ?? "left out"}, and callers ask for ${asked}`,
      "By it the service knows its own page; guests of that page are refused.",
      "nginx: proxy_set_header Host $http_host.",
    ),
  ];
};

const schemeFaults = (on: About, seen: SeenRequest, { url, own }: ForwardingRules): Finding[] => {
  if (!url.startsWith("https:") || own.isTls || seen.is_https) return [];
  return [
    on.warning(
      "arrival.scheme",
      "does not tell that callers come by https",
      "Answers then lack Strict-Transport-Security.",
      "nginx: proxy_set_header X-Forwarded-Proto $scheme; with FORWARDED_HEADER=forwarded, proto=https in it.",
    ),
  ];
};
