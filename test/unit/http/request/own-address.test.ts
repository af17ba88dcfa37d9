// Where tickets say that this service is.
import { expect, it } from "vitest";
import { ownAddress } from "../../../../server/http/request/own-address.ts";
import { factsOf } from "../../../support/facts.ts";

const address = (request: Parameters<typeof factsOf>[0], publicUrl?: string, basePath = "") => {
  const facts = factsOf(request);
  facts.outgoing.basePath = basePath;
  return ownAddress(facts, { publicUrl });
};

it("the configured address stands above all", () => {
  const headers = { host: "10.0.0.1:8787" };
  expect(address({ headers }, "https://voice.example.com/broker", "/x")).toBe(
    "https://voice.example.com/broker",
  );
});

it.each(["voice.example.com", "127.0.0.1:8787", "[::1]:8787", "localhost"])(
  "else the host that the request names: %s",
  (host) => {
    expect(address({ headers: { host } })).toBe(`http://${host}`);
    expect(address({ headers: { host } }, undefined, "/voice")).toBe(`http://${host}/voice`);
  },
);

it("what a trusted proxy says of host and scheme holds, and no other's", () => {
  const headers = { host: "inner:8787", "x-forwarded-host": "evil.example, voice.example.com" };
  expect(address({ headers, isProxied: true, isHttps: true })).toBe("https://voice.example.com");
  expect(address({ headers })).toBe("http://inner:8787");
  expect(address({ headers: { host: "inner:8787" }, isProxied: true })).toBe("http://inner:8787");
});

it.each([undefined, "", "a b", "a/b", "user@host", 'a"b', "a#b", "x".repeat(300)])(
  "a host that is none is told: %j",
  (host) => {
    const headers: Record<string, string> = host === undefined ? {} : { host };
    expect(() => address({ headers })).toThrow(expect.objectContaining({ code: "request-malformed" }));
  },
);
