// What doctor makes of how a request arrived.
import { expect, it } from "vitest";
import { about } from "../../../server/doctor/about.ts";
import {
  type ForwardingRules,
  forwardingFaults,
  INVENTED_ADDRESS,
} from "../../../server/doctor/forwarding.ts";
import type { SeenRequest } from "../../../server/net/seen-request.ts";

const rules: ForwardingRules = {
  url: "https://voice.example.com",
  forwardedHeader: "x-forwarded-for",
  isTrusted: (address) => address.startsWith("10."),
  own: { isTls: false, port: 8787 },
};
const healthy: SeenRequest = {
  ...{ address: "203.0.113.9", peer: "10.0.0.1", is_trusted: true, is_https: true },
  ...{ host: "voice.example.com", forwarding_headers: ["x-forwarded-for", "x-forwarded-proto"] },
  ...{ upgrade: null, base_path: "" },
};
const judge = (
  seen: Partial<SeenRequest>,
  forged: Partial<SeenRequest> = {},
  more: Partial<ForwardingRules> = {},
) =>
  forwardingFaults(
    about(rules.url),
    { ...healthy, ...seen },
    { ...healthy, ...seen, ...forged },
    { ...rules, ...more },
  ).map(({ check }) => check);

it("finds nothing wrong with a proxy that tells all", () => {
  expect(judge({})).toEqual([]);
});

it("names a proxy that does not tell that callers come by https", () => {
  expect(judge({ is_https: false })).toEqual(["arrival.scheme"]);
  expect(judge({ is_https: false }, {}, { own: { isTls: true, port: 443 } })).toEqual([]);
});

it("names a proxy that is behind TLS and tells nothing", () => {
  expect(judge({ forwarding_headers: [], is_trusted: false })).toEqual(["arrival.unnamed"]);
});

it("names an invented address that is believed, but not where doctor is at a trusted one", () => {
  expect(judge({}, { address: INVENTED_ADDRESS })).toEqual(["arrival.forged"]);
  expect(judge({ address: "10.0.0.2" }, { address: INVENTED_ADDRESS })).toEqual([]);
  expect(judge({ address: "10.0.0.1", forwarding_headers: [] }, { address: INVENTED_ADDRESS })).toEqual([
    "arrival.forged",
  ]);
});

it("says that nothing is in front where the address is the service's own", () => {
  const own = { isTls: true, port: 443 };
  expect(judge({ forwarding_headers: [], is_trusted: false }, {}, { own })).toEqual(["arrival.direct"]);
});
