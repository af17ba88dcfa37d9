// Whether a request really comes from this machine's own user.
import { describe, expect, it } from "vitest";
import { isFromOwnPage, isLocal, type Origin } from "../../../../server/auth/guests/loopback.ts";

const local: Origin = {
  address: "127.0.0.1",
  network: "127.0.0.1",
  host: "127.0.0.1:8787",
  origin: undefined,
  fetchSite: undefined,
  forwarded: false,
};
const isLocalWith = (more: Partial<Origin>, allowed: string[] = []) =>
  isLocal({ ...local, ...more }, new Set(allowed));

it("lets in a program of this machine", () => {
  expect(isLocalWith({})).toBe(true);
});

it.each(["127.0.0.1", "127.8.9.10", "::1"])("a socket from %s is local", (address) => {
  expect(isLocalWith({ address })).toBe(true);
});

it.each([
  "192.0.2.7",
  "10.0.0.1",
  "172.17.0.1",
  "0.0.0.0",
  "::",
  "::2",
  "fe80::1",
  "2001:db8::1",
  "128.0.0.1",
  "",
])("a socket from %j is not", (address) => {
  expect(isLocalWith({ address })).toBe(false);
});

it.each([
  "localhost",
  "localhost:8787",
  "LOCALHOST",
  "voice.localhost:80",
  "127.0.0.1",
  "127.1.2.3:1",
  "[::1]",
  "[::1]:8787",
])("%s is a name of this machine", (host) => {
  expect(isLocalWith({ host })).toBe(true);
});

describe("a rebound name is not, wherever its address leads", () => {
  it.each([
    ...["evil.example", "evil.example:8787", "localhost.evil.example", "127.0.0.1.nip.io", "notlocalhost"],
    ...[
      "192.0.2.7",
      "0.0.0.0",
      "[::]",
      "[2001:db8::1]",
      "[::ffff:192.0.2.7]",
      "",
      " ",
      "a b",
      "localhost@evil.example",
    ],
    ...["localhost#@evil.example", "evil.example\\@localhost", "[::1", ":8787", "localhost:99999"],
  ])("%j", (host) => {
    expect(isLocalWith({ host })).toBe(false);
  });

  it("no Host at all", () => {
    expect(isLocalWith({ host: undefined })).toBe(false);
  });
});

it("what a proxy passes on is not local, though the proxy is", () => {
  expect(isLocalWith({ forwarded: true })).toBe(false);
});

describe("a web page", () => {
  it("of this service's own origin is local", () => {
    expect(isLocalWith({ origin: "http://127.0.0.1:8787", fetchSite: "same-origin" })).toBe(true);
    expect(isLocalWith({ fetchSite: "same-origin" })).toBe(true);
    expect(isLocalWith({ fetchSite: "none" })).toBe(true);
  });

  it("is of this service's own origin only by the scheme that the service speaks", () => {
    const [secure, plain] = ["https://127.0.0.1:8787", "http://127.0.0.1:8787"];
    expect(isLocalWith({ origin: secure, isEncrypted: true })).toBe(true);
    expect(isLocalWith({ origin: plain, isEncrypted: true })).toBe(false);
  });

  it.each([
    ...[
      "https://evil.example",
      "http://127.0.0.1:3000",
      "http://localhost:8787",
      "https://127.0.0.1:8787",
      "null",
    ],
    ...["http://127.0.0.1:8787.evil.example", "http://127.0.0.1:87870", "file://", ""],
  ])("of the origin %j is not", (origin) => {
    expect(isLocalWith({ origin })).toBe(false);
  });

  it.each(["cross-site", "same-site", "elsewhere"])("that loads something %s is not", (fetchSite) => {
    expect(isLocalWith({ fetchSite })).toBe(false);
  });

  it("of a configured origin is, and of its neighbour is not", () => {
    const allowed = ["https://app.example.com"];
    expect(isLocalWith({ origin: "https://app.example.com", fetchSite: "cross-site" }, allowed)).toBe(true);
    expect(isLocalWith({ origin: "https://app.example.com.evil.example" }, allowed)).toBe(false);
    expect(isLocalWith({ origin: "https://app.example.com", host: "evil.example" }, allowed)).toBe(false);
    expect(isLocalWith({ origin: "https://app.example.com", address: "192.0.2.7" }, allowed)).toBe(false);
  });
});

describe("a page is the service's own, where anyone may be a guest", () => {
  const isOwn = (host: string | undefined, origin: string) =>
    isFromOwnPage({ ...local, address: "203.0.113.9", host, origin }, new Set());

  it.each([
    ["voice.example.com", "https://voice.example.com"],
    ["voice.example.com:8443", "https://voice.example.com:8443"],
    ["127.0.0.1:8787", "http://127.0.0.1:8787"],
    ["localhost:8787", "http://localhost:8787"],
    ["192.0.2.7:8787", "http://192.0.2.7:8787"],
    ["[2001:db8::1]:8787", "http://[2001:db8::1]:8787"],
  ])("by the Host %s, of %s", (host, origin) => {
    expect(isOwn(host, origin)).toBe(true);
  });

  it.each([
    ["voice.example.com", "https://voice.example.com:8443"],
    ["voice.example.com", "https://voice.example.com.evil.example"],
    ["voice.example.com", "https://evil.example"],
    ["voice.example.com", "null"],
    ["voice.example.com", ""],
    ["127.0.0.1:8787", "http://evil.example"],
    ["localhost:8787", "http://localhost:3000"],
    ["192.0.2.7:8787", "null"],
    ["evil.example", "http://evil.example"],
    ["127.0.0.1.evil.example", "http://127.0.0.1.evil.example"],
    ["a@127.0.0.1", "http://a@127.0.0.1"],
    [undefined, "https://undefined"],
    ["", "https://"],
  ])("and not by the Host %s, of %s", (host, origin) => {
    expect(isOwn(host, origin)).toBe(false);
  });
});
