// The operator's page and what it asks for, as an operator and as others.
import { expect, it } from "vitest";
import { createBooks, keepRecords } from "../support/books.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { usageRecord } from "../support/usage-records.ts";

const yaml = `
callers:
  guests: loopback
  tokens:
    - { name: olga, token: olga-0123456789ab, roles: [operator] }
    - { name: alice, token: alice-0123456789 }
operators: { allow: [role:operator] }
`;
const openai = "http://127.0.0.1:9/v1";
const as = (name: "alice-0123456789" | "olga-0123456789ab", init: RequestInit = {}): RequestInit => ({
  ...init,
  headers: { ...init.headers, authorization: `Bearer ${name}` },
});
const olga = "olga-0123456789ab";
const json = (method: string, body: object): RequestInit => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

const closed = ["/admin/api/overview?since=7d", "/admin/api/events", "/admin/api/users"];

it.each(closed)("%s is for operators: a guest and another caller are refused", async (path) => {
  await using broker = await createTestBroker({ openai, yaml });
  for (const init of [{}, as("alice-0123456789")]) {
    const answer = await broker.fetch(path, init);
    expect([answer.status, (await answer.json()).type]).toEqual([403, "/problems/operators-only"]);
  }
});

it("changes of users are for operators, and nothing changes for others", async () => {
  await using broker = await createTestBroker({ openai, yaml });
  const add = json("POST", { name: "mallory", roles: ["operator"] });
  expect((await broker.fetch("/admin/api/users", as("alice-0123456789", add))).status).toBe(403);
  expect((await broker.fetch("/admin/api/users", add)).status).toBe(403);
  expect(await usersOf(broker)).toEqual([]);
});

it("the page is at /admin, with a strict policy", async () => {
  await using broker = await createTestBroker({ openai, yaml });
  const answer = await broker.fetch("/admin");
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("./admin/assets/")]);
  const policy = answer.headers.get("content-security-policy");
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).not.toContain("unsafe");
});

it("the page goes with the voice page where that is switched off", async () => {
  await using broker = await createTestBroker({ openai, yaml, env: { PAGE: "false" } });
  expect((await broker.fetch("/admin")).status).toBe(404);
});

it("no configuration can make operators of guests", async () => {
  const everyone = yaml.replace("role:operator]", "everyone]");
  await expect(createTestBroker({ openai, yaml: everyone })).rejects.toThrow(/operators\.allow/);
});

it("a sign-in at a provider whose tokens are not accepted stops the start", async () => {
  const signIn = `${yaml.trimEnd().slice(0, -1)}, sign_in: { issuer: "https://id.example.com", client_id: admin } }`;
  await expect(createTestBroker({ openai, yaml: signIn })).rejects.toThrow(/not among callers\.issuers/);
});

it("all figures come in one answer", async () => {
  const at = Date.now() - 3_600_000;
  await using books = await createBooks([
    usageRecord("a", { at, costNanoUsd: 2_000_000_000 }),
    usageRecord("b", { at, status: 429, problem: "limit-exceeded", costNanoUsd: 0 }),
  ]);
  await using broker = await createTestBroker({ openai, yaml, env: { DATABASE_URL: books.url } });
  const answer = await broker.fetch("/admin/api/overview?since=7d&by=model&time_zone=Asia/Tokyo", as(olga));
  expect(await answer.json()).toMatchObject({
    totals: { requests: 2, refused: 1, cost_nano_usd: 2_000_000_000 },
    // A refused request may name any model: none is booked.
    rows: [
      { name: "gpt-5", requests: 1 },
      { name: "", requests: 1 },
    ],
    groups: ["gpt-5"],
    latency: { requests: 1 },
    refusals: [{ problem: "limit-exceeded", title: "Too many requests", requests: 1 }],
    keys: [{ name: "default", usable: true, problem: null }],
  });
});

it.each([
  ["by=caller", "/by"],
  ["time_zone=Mars", "/time_zone"],
  ["since=tomorrow", "/since"],
  ["measure=money&measure=cost", "/measure"],
])("a question that cannot be is pointed at: %s", async (query, pointer) => {
  await using broker = await createTestBroker({ openai, yaml });
  const answer = await broker.fetch(`/admin/api/overview?${query}`, as(olga));
  expect([answer.status, (await answer.json()).errors]).toEqual([
    422,
    [expect.objectContaining({ pointer })],
  ]);
});

it("an operator adds a user, whose token works at once, changes, disables and enables them", async () => {
  await using broker = await createTestBroker({ openai, yaml });
  const path = "/admin/api/users";
  const added = await broker.fetch(
    path,
    as(olga, json("POST", { name: "ada", team: "search", roles: ["support"] })),
  );
  const { token } = await added.json();
  const bearer = { headers: { authorization: `Bearer ${token}` } };
  expect((await broker.fetch("/tools", bearer)).status).toBe(200);
  expect((await broker.fetch(path, as(olga, json("POST", { name: "ada" })))).status).toBe(409);

  const limits = { mints: "5 per minute" };
  await broker.fetch(`${path}/ada`, as(olga, json("PATCH", { limits, profiles: ["default"], team: null })));
  expect(await usersOf(broker)).toMatchObject([
    { name: "ada", state: "active", team: null, roles: ["support"], profiles: ["default"], limits },
  ]);
  await broker.fetch(`${path}/ada`, as(olga, json("PATCH", { disabled: true })));
  await expect.poll(async () => (await broker.fetch("/tools", bearer)).status).toBe(401);
  await broker.fetch(`${path}/ada`, as(olga, json("PATCH", { disabled: false })));
  await expect.poll(async () => (await broker.fetch("/tools", bearer)).status).toBe(200);
});

it("a new token ends the old one at once, or later", async () => {
  await using broker = await createTestBroker({ openai, yaml });
  const path = "/admin/api/users";
  const { token } = await (await broker.fetch(path, as(olga, json("POST", { name: "ada" })))).json();
  const rotated = await broker.fetch(`${path}/ada/token`, as(olga, json("POST", { overlap_seconds: 3600 })));
  const { token: second } = await rotated.json();
  const statusOf = async (each: string) =>
    (await broker.fetch("/tools", { headers: { authorization: `Bearer ${each}` } })).status;
  expect([await statusOf(token), await statusOf(second)]).toEqual([200, 200]);
  await broker.fetch(`${path}/ada/token`, as(olga, json("POST", {})));
  await expect.poll(() => statusOf(second)).toBe(401);
});

it("the audit trail says which operator did what to whom, without the token", async () => {
  await using books = await createBooks([]);
  await using broker = await createTestBroker({ openai, yaml, env: { DATABASE_URL: books.url } });
  const add = json("POST", { name: "ada", roles: ["support"], limits: { mints: "5 per minute" } });
  const { token } = await (await broker.fetch("/admin/api/users", as(olga, add))).json();
  const entries = () => books.database.all("select body from audit_entries where action = 'user-added'");
  await expect.poll(entries).toHaveLength(1);
  const written = JSON.stringify(await entries());
  for (const part of ["token:olga", "user:ada", "support", "5 per minute"]) expect(written).toContain(part);
  expect(written).not.toContain(token);
});

it("a user that there is not cannot be changed", async () => {
  await using broker = await createTestBroker({ openai, yaml });
  const changes = [
    ["PATCH", "nobody"],
    ["PATCH", "..%2f"],
    ["POST", "nobody/token"],
  ] as const;
  for (const [method, path] of changes) {
    const answer = await broker.fetch(`/admin/api/users/${path}`, as(olga, json(method, {})));
    expect([answer.status, (await answer.json()).type]).toEqual([404, "/problems/user-unknown"]);
  }
});

it("new requests arrive as events, and the stream ends when the service drains", async () => {
  await using books = await createBooks([]);
  await using broker = await createTestBroker({ openai, yaml, env: { DATABASE_URL: books.url } });
  const answer = await fetch(`${broker.url}/admin/api/events`, as(olga));
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let heard = "";
  await keepRecords(books.database, "sqlite", [usageRecord("live-1", { at: Date.now() })]);
  while (!heard.includes("live-1")) heard += (await reader?.read())?.value ?? "";
  expect(heard).toContain("event: requests\ndata: ");
  const stopped = broker.stop(60);
  const begun = performance.now();
  while (!(await reader?.read())?.done);
  await stopped;
  expect(performance.now() - begun).toBeLessThan(20_000);
});

it("the stream of an operator ends with their token", async () => {
  await using broker = await createTestBroker({ openai, yaml });
  const add = json("POST", { name: "boss", roles: ["operator"] });
  const { token } = await (await broker.fetch("/admin/api/users", as(olga, add))).json();
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${broker.url}/admin/api/events`, { headers });
  await broker.fetch("/admin/api/users/boss", as(olga, json("PATCH", { disabled: true })));
  await expect(answer.text()).rejects.toThrow();
});

const usersOf = async (broker: TestBroker) =>
  (await (await broker.fetch("/admin/api/users", as(olga))).json()).users;
