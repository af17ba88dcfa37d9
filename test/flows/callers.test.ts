// Who is let in: tokens, local guests, and web pages of other origins.
import { request } from "node:http";
import { expect, it } from "vitest";
import { isLocal } from "../../server/auth/guests/loopback.ts";
import { loadConfig } from "../../server/config/load.ts";
import { createTestBroker } from "../support/broker.ts";

const openai = "http://127.0.0.1:9/v1";
const token = "alice-0123456789abcdef";
const app = "https://app.example.com";
const members = `{ callers: { tokens: [{ name: alice, token: ${token} }] }, cors: { origins: ["${app}"] } }`;
const guests = `{ callers: { guests: loopback }, cors: { origins: ["${app}"] } }`;

/** The status of GET /tools with headers that fetch would not let us set. */
const statusWith = (url: string, headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asked = request(new URL("/tools", url), { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.once("error", reject).end();
  });

it.each([
  ["the right token", { authorization: `Bearer ${token}` }, 200],
  ["a scheme in small letters", { authorization: `bearer ${token}` }, 200],
  ["no token", {}, 401],
  ["a wrong token", { authorization: "Bearer alice-0123456789abcdeX" }, 401],
  ["the beginning of a token", { authorization: `Bearer ${token.slice(0, -1)}` }, 401],
  ["another scheme", { authorization: `Basic ${btoa(`alice:${token}`)}` }, 401],
  ["an empty bearer", { authorization: "Bearer " }, 401],
  ["a cookie", { cookie: `token=${token}; authorization=Bearer ${token}` }, 401],
])("answers %s with the status it deserves", async (_, headers, status) => {
  await using broker = await createTestBroker({ openai, yaml: members });
  const answer = await broker.fetch("/tools", { headers: headers as Record<string, string> });
  expect(answer.status).toBe(status);
  if (status === 401) expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
  expect(JSON.stringify(broker.logs)).not.toContain(token.slice(0, -1));
});

it("says the same of every bad credential", async () => {
  await using broker = await createTestBroker({ openai, yaml: members });
  const bodies = ["Bearer nope", "Bearer a.b.c", "Basic eHg="].map(async (authorization) => {
    const answer = await broker.fetch("/tools", { headers: { authorization } });
    return { ...((await answer.json()) as object), instance: "" };
  });
  const [first, ...others] = await Promise.all(bodies);
  for (const other of others) expect(other).toEqual(first);
});

it.each([
  `/tools?token=${token}`,
  "/tools?access_token=x",
  "/tools?API-Key=x",
  "/ephemeral-key?q=ek_0123456789abcdef0123",
  "/current_time?time_zone=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
])("refuses the credential in the address %s, and does not log it", async (path) => {
  await using broker = await createTestBroker({ openai, yaml: members });
  const answer = await broker.fetch(path, { headers: { authorization: `Bearer ${token}` } });
  expect([answer.status, await answer.text()]).toEqual([
    400,
    expect.stringContaining("credentials-in-query"),
  ]);
  expect(JSON.stringify(broker.logs)).not.toMatch(/0123456789|eyJ/);
});

it.each([
  ["this machine's user", {}, 200],
  ["the page's own script", { origin: "http://HOST" }, 200],
  ["a page of a configured origin", { origin: app, "sec-fetch-site": "cross-site" }, 200],
  ["localhost by name", { host: "localhost:1" }, 200],
  ["a proxy's client", { "x-forwarded-for": "203.0.113.9" }, 401],
  ["a proxy's client, told the standard way", { forwarded: "for=203.0.113.9" }, 401],
  ["a client behind nginx's habit", { "x-real-ip": "127.0.0.1" }, 401],
  ["a rebound name", { host: "evil.example" }, 401],
  ["a name that only begins local", { host: "localhost.evil.example" }, 401],
  ["a foreign page's script", { origin: "https://evil.example" }, 401],
  ["a foreign page's image", { "sec-fetch-site": "cross-site" }, 401],
  ["a sandboxed page", { origin: "null" }, 401],
  ["a guest with a bad token", { authorization: "Bearer nope" }, 401],
])("lets local guests in, and not %s", async (_, headers, status) => {
  await using broker = await createTestBroker({ openai, yaml: guests });
  const filled = Object.entries(headers).map(([name, value]) => [
    name,
    String(value).replace("HOST", new URL(broker.url).host),
  ]);
  expect(await statusWith(broker.url, Object.fromEntries(filled))).toBe(status);
});

it("takes a guest from another address for no local one, whatever else it says", () => {
  const here = {
    address: "127.0.0.1",
    network: "127.0.0.1",
    host: "localhost",
    origin: undefined,
    fetchSite: undefined,
    forwarded: false,
  };
  expect(isLocal(here, new Set())).toBe(true);
  expect(isLocal({ ...here, address: "::1", network: "::1", host: "[::1]:8787" }, new Set())).toBe(true);
  for (const address of ["203.0.113.9", "10.0.0.1", "::ffff:10.0.0.1", "fe80::1", ""]) {
    expect(isLocal({ ...here, address }, new Set())).toBe(false);
  }
});

it("refuses to start with a token that can be guessed", () => {
  const short = "{ callers: { tokens: [{ name: bob, token: short }] } }";
  expect(() => loadConfig({ BROKER_CONFIG: "x" }, () => short)).toThrow(/problem/);
});

it("lets pages of configured origins read answers and refusals", async () => {
  await using broker = await createTestBroker({ openai, yaml: members });
  for (const authorization of [`Bearer ${token}`, "Bearer nope"]) {
    const answer = await broker.fetch("/tools", { headers: { origin: app, authorization } });
    expect(answer.headers.get("access-control-allow-origin")).toBe(app);
    expect(answer.headers.get("access-control-expose-headers")).toMatch(/retry-after/);
    expect(answer.headers.get("vary")).toMatch(/origin/i);
    expect(answer.headers.has("access-control-allow-credentials")).toBe(false);
  }
});

it("answers a browser's question before it asks", async () => {
  await using broker = await createTestBroker({ openai, yaml: members });
  const ask = (origin: string) =>
    fetch(`${broker.url}/ephemeral-key`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
      },
    });
  const allowed = await ask(app);
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get("access-control-allow-origin")).toBe(app);
  expect(allowed.headers.get("access-control-allow-headers")).toMatch(/authorization/);
  expect((await ask("https://evil.example")).headers.has("access-control-allow-origin")).toBe(false);
});
