// Connections through proxies that refuse, hang, speak TLS themselves, or break off.
import { once } from "node:events";
import { createServer } from "node:net";
import { Agent, request } from "undici";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectorWith } from "../../../server/net/connector.undici.ts";
import { openTunnel } from "../../../server/net/tunnel.node.ts";
import { Secret } from "../../../server/secret.ts";
import { createAuthority, type TestAuthority, trusting } from "../../support/certificates.ts";
import { type ConnectProxy, type ProxyOptions, startConnectProxy } from "../../support/connect-proxy.ts";
import { serve, type TestServer } from "../../support/server.ts";
import { startTlsFront, type TlsFront } from "../../support/tls-front.ts";

const stack = new AsyncDisposableStack();
let authority: TestAuthority;
let plain: TestServer;
let secure: TlsFront;
let hosts: ProxyOptions["hosts"];
beforeAll(async () => {
  authority = stack.use(createAuthority());
  stack.use(trusting(authority));
  plain = stack.use(await serve(({ headers }, response) => response.end(`hello ${headers.host}`)));
  secure = stack.use(await startTlsFront(plain.url, authority.issue(["secure.test"])));
  hosts = { "plain.test:80": Number(new URL(plain.url).port), "secure.test:443": secure.port };
});
afterAll(() => stack.disposeAsync());

const PASSWORD = "proxy-secret-1";

const ask = async (proxy: ConnectProxy, url: string, { scheme = "http", credentials = "" } = {}) => {
  const address = new Secret(`${scheme}://${credentials}localhost:${proxy.port}`);
  const rules = { proxyFor: () => address, openTunnel, certificateFor: () => undefined };
  const dispatcher = new Agent({ allowH2: false, connect: connectorWith(rules, 500) });
  try {
    return await (await request(url, { dispatcher })).body.text();
  } finally {
    await dispatcher.destroy();
  }
};

it.each(["http://plain.test", "https://secure.test"])("reaches %s through a tunnel", async (url) => {
  await using proxy = await startConnectProxy({ hosts });
  expect(await ask(proxy, url)).toBe(`hello ${new URL(url).host}`);
  expect(proxy.tunnels).toHaveLength(1);
});

it("reaches a proxy by TLS", async () => {
  await using proxy = await startConnectProxy({ hosts, certificate: authority.issue(["localhost"]) });
  expect(await ask(proxy, "https://secure.test", { scheme: "https" })).toBe("hello secure.test");
});

it("shows user and password, however they are written", async () => {
  await using proxy = await startConnectProxy({ hosts, credentials: "me@work:p:%ss" });
  expect(await ask(proxy, "https://secure.test", { credentials: "me%40work:p%3A%25ss@" })).toContain("hello");
});

it.each([
  [
    "a wrong password",
    { credentials: "me:right" },
    "it answered 407, so user and password are missing or wrong",
  ],
  ["a server that it does not open", { hosts: {} }, "it answered 403"],
  ["silence", { isMute: true }, "no answer in 500 ms"],
])(
  "says that the proxy answered with %s, and not the password",
  async (_, options: Partial<ProxyOptions>, reason) => {
    await using proxy = await startConnectProxy({ hosts, ...options });
    const asked = ask(proxy, "https://secure.test", { credentials: `me:${PASSWORD}@` });
    const message = `the proxy localhost:${proxy.port} opens no tunnel to secure.test:443: ${reason}`;
    const error = await asked.then(String, (reason: Error) => reason);
    expect(error).toMatchObject({ message });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain(PASSWORD);
  },
);

it("says that a proxy is no proxy, or is not there", async () => {
  const proxyAt = (url: string) => ({ port: Number(new URL(url).port) }) as ConnectProxy;
  await expect(ask(proxyAt(plain.url), "https://secure.test")).rejects.toThrow(
    /opens no tunnel to secure.test:443/,
  );
  await expect(ask(proxyAt("http://localhost:9"), "https://secure.test")).rejects.toThrow(
    "the proxy localhost:9 opens no tunnel to secure.test:443",
  );
});

it("says that a proxy is a web server that has a page for everything, and asks it once", async () => {
  let asked = 0;
  const server = createServer((socket) => {
    asked += 1;
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n<html"));
  }).listen(0);
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await expect(ask({ port } as ConnectProxy, "http://plain.test")).rejects.toThrow("it answered with a page");
  expect(asked).toBe(1);
  server.close();
});
