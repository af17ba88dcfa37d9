// An identity provider's keys, from a real server that is asked as seldom as possible.
import { jwtVerify } from "jose";
import { expect, it } from "vitest";
import { type KeySource, remoteKeys } from "../../../../server/auth/jwt/remote-keys.jose.ts";
import { type KeyServer, startKeyServer } from "../../../support/key-server.ts";
import { serve } from "../../../support/server.ts";

const TEN_MINUTES = 600_000;

/** Keys of the server, with a clock that is moved by hand. */
const keysOf = (server: KeyServer, source: Partial<KeySource> = {}) => {
  let now = Date.now();
  const stale: unknown[] = [];
  const keysFor = remoteKeys({
    fetch,
    clock: { now: () => now },
    onStale: (issuer, error) => stale.push([issuer, error]),
  });
  const fullSource = { issuer: server.url, cooldown_seconds: 30, ...source };
  const verify = async (kid: string, keys = keysFor(fullSource)) =>
    (await jwtVerify(await server.sign(kid), keys)).protectedHeader.kid;
  return {
    ...{ keysFor, fullSource, verify, stale },
    pass: (ms: number) => {
      now += ms;
    },
  };
};

it("finds the keys by discovery, once", async () => {
  await using server = await startKeyServer();
  const { verify } = keysOf(server);
  expect(await Promise.all([verify("one"), verify("one"), verify("one")])).toEqual(["one", "one", "one"]);
  expect(server.asked).toEqual(["/.well-known/openid-configuration", "/keys"]);
});

it("needs no discovery where the address of the keys is given", async () => {
  await using server = await startKeyServer();
  const { verify } = keysOf(server, { jwks_url: `${server.url}/published` });
  expect(await verify("one")).toBe("one");
  expect(server.asked).toEqual(["/published"]);
});

it("gives equal sources the same keys, and asks anew for another source", async () => {
  await using server = await startKeyServer();
  const { keysFor, fullSource, verify } = keysOf(server, { jwks_url: `${server.url}/keys` });
  await verify("one", keysFor(fullSource));
  await verify("one", keysFor({ ...fullSource }));
  expect(server.asked).toHaveLength(1);
  await verify("one", keysFor({ ...fullSource, jwks_url: `${server.url}/other` }));
  await verify("one", keysFor({ ...fullSource, issuer: "another" }));
  expect(server.asked).toHaveLength(3);
});

it("refuses another issuer's discovery document", async () => {
  await using server = await startKeyServer();
  const { verify } = keysOf(server, { issuer: `${server.url}/` });
  await expect(verify("one")).rejects.toThrow("is the document of another issuer");
});

it.each<[what: string, source: (url: string) => Partial<KeySource>]>([
  ["discovery", (url) => ({ issuer: url })],
  ["the keys", (url) => ({ jwks_url: `${url}/keys` })],
])("follows no redirect of %s, which could lead into the service's own network", async (_, source) => {
  await using inside = await startKeyServer();
  await using moved = await serve((request, response) => {
    response.writeHead(302, { location: `${inside.url}${request.url}` }).end();
  });
  const { verify } = keysOf(inside, source(moved.url));
  await expect(verify("one")).rejects.toThrow("answered 302");
  expect(inside.asked).toEqual([]);
});

it.each([
  [500, "{}", "answered 500"],
  [200, "<html>", "is not valid JSON"],
  [200, "{}", "answered something else"],
  [200, `{"keys": "${"x".repeat(1024 * 1024)}"}`, "answered more than 1048576 bytes"],
])("does not ask again within the cool-down after an answer %i %.10j", async (status, body, message) => {
  await using server = await startKeyServer();
  server.instead = { status, body };
  const { verify, pass } = keysOf(server);
  await expect(verify("one")).rejects.toThrow(message);
  server.instead = undefined;
  pass(29_999);
  await expect(verify("one")).rejects.toMatchObject({
    message: expect.stringContaining("is not asked again yet"),
    cause: { message: expect.stringContaining(message) },
  });
  expect(server.asked).toHaveLength(1);
  pass(1);
  expect(await verify("one")).toBe("one");
});

it("refreshes known keys after ten minutes, without a caller who waits for it", async () => {
  await using server = await startKeyServer();
  const { verify, pass, stale } = keysOf(server, { jwks_url: `${server.url}/keys` });
  await verify("one");
  pass(TEN_MINUTES - 1);
  await verify("one");
  expect(server.asked).toHaveLength(1);
  pass(1);
  expect(await verify("one")).toBe("one");
  await expect.poll(() => server.asked.length).toBe(2);
  expect(stale).toEqual([]);
});

it("goes on with known keys while the provider fails, and reports it", async () => {
  await using server = await startKeyServer();
  const { verify, pass, stale } = keysOf(server, { jwks_url: `${server.url}/keys` });
  await verify("one");
  server.instead = { status: 503, body: "" };
  pass(TEN_MINUTES);
  expect(await verify("one")).toBe("one");
  await expect.poll(() => stale.length).toBe(1);
  expect(stale).toEqual([[server.url, expect.objectContaining({ message: expect.stringContaining("503") })]]);
  pass(TEN_MINUTES - 1);
  expect(await verify("one")).toBe("one");
  await new Promise((resolve) => setImmediate(resolve));
  expect([stale.length, server.asked.length]).toEqual([1, 2]);
});

it("refuses a withdrawn key once the refresh after ten minutes is done", async () => {
  await using server = await startKeyServer();
  const { verify, pass } = keysOf(server, { jwks_url: `${server.url}/keys` });
  await verify("one");
  server.withdrawKeys();
  server.addKey("two");
  pass(TEN_MINUTES);
  await verify("one");
  await expect.poll(() => verify("one").catch((error: Error) => error.name)).toBe("JWKSNoMatchingKey");
});

it("takes an answer of exactly one megabyte", async () => {
  await using server = await startKeyServer();
  const keys = '{"keys":[]}';
  server.instead = { status: 200, body: keys.padEnd(1024 * 1024) };
  await expect(keysOf(server).verify("one")).rejects.not.toThrow("answered more than");
  const { verify } = keysOf(server, { jwks_url: `${server.url}/keys` });
  await expect(verify("one")).rejects.toThrow("no applicable key");
});

it.each(["ftp://i/keys", "xhttp://i/keys", "https2://i/keys"])(
  "follows no discovery document to %s",
  async (address) => {
    await using server = await startKeyServer();
    server.instead = { status: 200, body: JSON.stringify({ issuer: server.url, jwks_uri: address }) };
    await expect(keysOf(server).verify("one")).rejects.toThrow("answered something else");
    expect(server.asked).toHaveLength(1);
  },
);
