// Where a request came from.
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, it } from "vitest";
import { resolveClientAddress } from "../../../../server/http/middleware/client-address.ts";
import { trustedProxies } from "../../../../server/net/client-address.ts";
import type { ForwardedHeader } from "../../../../server/net/forwarded.ts";

const resolve = (
  peer: string | undefined,
  headers: Record<string, string>,
  forwardedHeader: ForwardedHeader = "x-forwarded-for",
) => {
  const socket = Object.defineProperty(new Socket(), "remoteAddress", { value: peer });
  const incoming = Object.assign(new IncomingMessage(socket), { headers });
  return resolveClientAddress(incoming, { proxies: trustedProxies(["10.0.0.0/8"]), forwardedHeader });
};

it("a client's own X-Forwarded headers are not believed", () => {
  const headers = { "x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "https" };
  expect(resolve("203.0.113.9", headers)).toEqual({
    ...{ address: "203.0.113.9", isProxied: false, isHttps: false },
  });
});

it("a trusted proxy's X-Forwarded headers are", () => {
  const headers = { "x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "https" };
  expect(resolve("10.0.0.1", headers)).toEqual({ address: "192.0.2.1", isProxied: true, isHttps: true });
  expect(resolve("10.0.0.1", {})).toEqual({ address: "10.0.0.1", isProxied: true, isHttps: false });
});

it("only the header that is configured counts", () => {
  const headers = {
    ...{ forwarded: "for=192.0.2.1;proto=HTTPS" },
    ...{ "x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "http" },
  };
  expect(resolve("10.0.0.1", headers, "forwarded")).toMatchObject({ address: "192.0.2.1", isHttps: true });
  expect(resolve("10.0.0.1", headers)).toMatchObject({ address: "192.0.2.7", isHttps: false });
});

it("an IPv4 address that is written as IPv6 is the same address", () => {
  expect(resolve("::ffff:10.0.0.1", { "x-forwarded-for": "::ffff:192.0.2.1" })).toMatchObject({
    ...{ address: "192.0.2.1", isProxied: true },
  });
});

it("a socket that is closed already has no address, and is no proxy", () => {
  expect(resolve(undefined, { "x-forwarded-for": "192.0.2.1" })).toEqual({
    ...{ address: "", isProxied: false, isHttps: false },
  });
});
