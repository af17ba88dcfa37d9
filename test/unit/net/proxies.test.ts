// Which connections take a proxy.
import { describe, expect, it } from "vitest";
import { type ProxySettings, proxiesOf, proxyUrlSchema } from "../../../server/net/proxies.ts";
import { Secret } from "../../../server/secret.ts";

const both = { https_proxy: new Secret("http://secure:1"), http_proxy: new Secret("http://plain:1") };
const proxyTo = (url: string, settings: Partial<ProxySettings> = both): string | undefined => {
  const none = { https_proxy: undefined, http_proxy: undefined, no_proxy: undefined };
  return proxiesOf({ ...none, ...settings })(new URL(url))?.reveal();
};

describe("the protocol decides between the two", () => {
  it.each([
    ["https://api.openai.com/v1", "http://secure:1"],
    ["http://tools.example.com", "http://plain:1"],
  ])("%s goes by %s", (url, proxy) => expect(proxyTo(url)).toBe(proxy));

  it("one does not stand in for the other", () => {
    expect(proxyTo("http://tools.example.com", { https_proxy: both.https_proxy })).toBeUndefined();
    expect(proxyTo("https://api.openai.com", { http_proxy: both.http_proxy })).toBeUndefined();
    expect(proxyTo("https://api.openai.com", {})).toBeUndefined();
  });
});

it.each([
  "http://localhost:8080",
  "https://127.0.0.1",
  "http://127.9.9.9",
  "https://[::1]:8443",
  "http://a.localhost",
])("this machine is reached directly: %s", (url) => expect(proxyTo(url)).toBeUndefined());

describe("what no_proxy names is reached directly", () => {
  it.each([
    ["example.com", "https://example.com"],
    ["example.com", "https://api.example.com"],
    [".example.com", "https://api.example.com"],
    [".example.com", "https://example.com"],
    ["*.example.com", "https://api.example.com"],
    ["EXAMPLE.com", "https://api.Example.COM."],
    ["example.com:8443", "https://example.com:8443"],
    ["example.com:443", "https://example.com"],
    ["10.0.0.0/8", "http://10.1.2.3"],
    ["10.1.2.3", "http://10.1.2.3:9000"],
    ["fd00::/8", "http://[fd12::1]"],
    ["[fd12::1]:80", "http://[fd12::1]"],
    ["*", "https://anything.example"],
  ])("%s covers %s", (entry, url) =>
    expect(proxyTo(url, { ...both, no_proxy: ["other", entry, ""] })).toBeUndefined(),
  );

  it.each([
    ["example.com", "https://notexample.com"],
    ["example.com", "https://example.com.evil.test"],
    ["example.com:8443", "https://example.com"],
    ["10.0.0.0/8", "http://11.1.2.3"],
    ["10.0.0.0/8", "http://10.example.com"],
    ["", "https://example.com"],
  ])("%s does not cover %s", (entry, url) =>
    expect(proxyTo(url, { ...both, no_proxy: [entry] })).toBeDefined(),
  );
});

describe("a proxy's address", () => {
  it.each(["http://proxy:3128", "https://user:p%40ss@proxy", "proxy.example.com:3128", "http://[fd00::1]:1"])(
    "%s is one",
    (text) => expect(proxyUrlSchema.safeParse(text).success).toBe(true),
  );

  it.each([
    "socks5://proxy:1",
    "http://proxy/path",
    "http://",
    "http://u:100%@proxy",
    "http://proxy?a=b",
    "",
  ])("%s is none", (text) => expect(proxyUrlSchema.safeParse(text).success).toBe(false));
});
