// Whose address counts, whatever headers claim.
import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressKey, isNetwork } from "../../../server/net/address.ts";
import { clientAddress, resolveClientAddress, trustedProxies } from "../../../server/net/client-address.ts";
import type { ForwardedHeader } from "../../../server/net/forwarded.ts";

const proxies = trustedProxies(["10.0.0.0/8", "127.0.0.1", "fd00::/8"]);
const xff = (peer: string, value?: string) => clientAddress(peer, value, "x-forwarded-for", proxies);
const forwarded = (peer: string, value?: string) => clientAddress(peer, value, "forwarded", proxies);

describe("X-Forwarded-For", () => {
  it.each([
    ["a peer that is no proxy, whatever it sends", "203.0.113.9", "1.2.3.4", "203.0.113.9"],
    ["the client that a proxy names", "10.0.0.1", "203.0.113.9", "203.0.113.9"],
    [
      "the first from the right that is no proxy",
      "10.0.0.1",
      "6.6.6.6, 203.0.113.9, 10.9.9.9",
      "203.0.113.9",
    ],
    ["the last proxy, where all are proxies", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["the proxy, where it names no client", "10.0.0.1", undefined, "10.0.0.1"],
    ["the proxy, where what it names is no address", "10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"],
    ["an address with a port", "10.0.0.1", "203.0.113.9:51000", "203.0.113.9"],
    ["IPv6, in brackets with a port", "fd00::1", "[2001:db8::9]:51000", "2001:db8::9"],
    ["IPv6 as it is", "fd00::1", "2001:DB8::9", "2001:db8::9"],
    ["IPv4 in IPv6's clothes", "::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"],
    ["IPv4 in IPv6's clothes, written in hexadecimal", "::ffff:a00:1", "::ffff:cb00:7109", "203.0.113.9"],
    ["IPv6 in its shortest form", "fd00:0:0::1", "2001:DB8:0:0:0::9", "2001:db8::9"],
    ["the proxy, where it names a zone of its own", "10.0.0.1", "203.0.113.9%eth0", "10.0.0.1"],
    ["the proxy, where the header ends in a comma", "10.0.0.1", "203.0.113.9,", "10.0.0.1"],
    ["the proxy, where the port is none", "10.0.0.1", "203.0.113.9:http", "10.0.0.1"],
    ["a peer with a zone", "fe80::1%eth0", "1.2.3.4", "fe80::1"],
  ])("counts %s", (_, peer, value, client) => {
    expect(xff(peer, value)).toBe(client);
  });
});

describe("Forwarded", () => {
  it.each([
    ["for=203.0.113.9", "203.0.113.9"],
    ['for="203.0.113.9:51000";proto=https;by=10.0.0.1', "203.0.113.9"],
    ['For="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::17"],
    ["for=6.6.6.6, for=203.0.113.9;proto=http, for=10.3.3.3", "203.0.113.9"],
    ["proto=https; for=203.0.113.9", "203.0.113.9"],
    ["for=_hidden", "10.0.0.1"],
    ["for=unknown", "10.0.0.1"],
    ["proto=https", "10.0.0.1"],
    ["xfor=203.0.113.9", "10.0.0.1"],
    ['for="203.0.113.9', "10.0.0.1"],
    ['for=203.0.113.9;host="a, b"', "203.0.113.9"],
    ['for="left open, for=203.0.113.9', "203.0.113.9"],
    ["for=203.0.113.9;for=6.6.6.6", "10.0.0.1"],
    ["for=203.0.113.9;", "10.0.0.1"],
    ["for=203.0.113.9;;proto=https", "10.0.0.1"],
    ['for=203.0.113.9;host="\\", for=6.6.6.6;x=\\"y"', "10.0.0.1"],
    ['for=203.0.113.9;host=", for=6.6.6.6;x="', "203.0.113.9"],
  ])("reads %s", (value, client) => {
    expect(forwarded("10.0.0.1", value)).toBe(client);
  });
});

const anyAddress = fc.oneof(fc.ipV4(), fc.ipV6());
const hop = fc.oneof(anyAddress, fc.string(), fc.constantFrom("unknown", "10.0.0.7", "for=1.2.3.4", ""));
const header = fc.array(hop).map((hops) => hops.join(", "));

it("a peer that is no trusted proxy can say what it likes", () => {
  const strangers = anyAddress.filter((address) => !proxies.contains(xff(address)));
  fc.assert(
    fc.property(strangers, header, (peer, value) => {
      expect(xff(peer, value)).toBe(xff(peer));
      expect(forwarded(peer, value)).toBe(xff(peer));
    }),
  );
});

// A client's name for the host it wants, as a proxy would quote it.
const quoted = fc.string().map((host) => `"${host.replaceAll(/["\\]/g, "\\$&")}"`);

it("a client cannot choose its address by the name of the host it asks for", () => {
  const evil = fc.oneof(
    quoted,
    fc
      .constantFrom('", for=6.6.6.6;x="', ", for=6.6.6.6", '"')
      .chain((host) => fc.constant(`"${host.replaceAll('"', '\\"')}"`)),
  );
  fc.assert(
    fc.property(header, evil, (invented, host) => {
      const client = forwarded("10.0.0.1", `${invented}, for=203.0.113.9;host=${host};proto=https`);
      expect(["203.0.113.9", "10.0.0.1"]).toContain(client);
    }),
  );
});

it("a client behind a proxy cannot choose its address by what it writes first", () => {
  const strangers = anyAddress.filter((address) => !proxies.contains(xff(address)));
  fc.assert(
    fc.property(header, strangers, (invented, client) => {
      expect(xff("10.0.0.1", `${invented}, ${client}`)).toBe(xff(client));
      expect(forwarded("10.0.0.1", `${invented}, for="[${client}]"`)).toBe(xff(client));
    }),
  );
});

it("what counts is always an address, or nothing where the socket had none", () => {
  fc.assert(
    fc.property(fc.oneof(anyAddress, fc.string()), header, (peer, value) => {
      for (const address of [xff(peer, value), forwarded(peer, value)]) {
        expect(address === "" || isIP(address) !== 0).toBe(true);
        expect(addressKey(address)).toMatch(address.includes(":") ? /::\/64$/ : /^[\d.]*$/);
      }
    }),
  );
});

it("every network that it takes can be trusted, and one of IPv4 in either clothes", () => {
  const bits = fc.nat(140).map((count) => `/${count}`);
  const text = fc
    .tuple(fc.oneof(anyAddress, fc.string()), fc.oneof(fc.constant(""), bits))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, anyAddress, (network, address) => {
      fc.pre(isNetwork(network));
      expect(typeof trustedProxies([network]).contains(xff(address))).toBe("boolean");
    }),
  );
  expect(trustedProxies(["::ffff:10.0.0.0/104"]).contains("10.1.2.3")).toBe(true);
  expect(trustedProxies(["::ffff:10.0.0.0/104"]).contains("11.1.2.3")).toBe(false);
});

const resolve = (
  peer: string | undefined,
  headers: Record<string, string>,
  forwardedHeader: ForwardedHeader = "x-forwarded-for",
) => {
  const rules = { proxies: trustedProxies(["10.0.0.0/8"]), forwardedHeader };
  return resolveClientAddress({ socket: { remoteAddress: peer }, headers }, rules);
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
