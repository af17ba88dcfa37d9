// Upstream keys without a secret: the service's own identity is exchanged for access tokens, which every request shows.
import { afterAll, beforeEach, expect, it } from "vitest";
import { startEmulator } from "../../emulator/emulator.ts";
import { systemTimers } from "../../server/clock.ts";
import { createTestBroker, type TestBrokerOptions } from "../support/broker.ts";
import { ALICE, relayYaml } from "../support/relay-client.ts";
import { createTestTime } from "../support/time.ts";
import { createWorkload, identityEntry, trust } from "../support/workload.ts";

const time = createTestTime();
const { now } = time.clock;
const emulator = await startEmulator({ now });
const workload = await createWorkload({ tokenSeconds: 600, now });
const origin = new URL(emulator.baseUrl).origin;
afterAll(async () => {
  await emulator.close();
  await workload[Symbol.asyncDispose]();
});

const control = async (path: string, method: string, body?: unknown): Promise<unknown> => {
  const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const answer = await fetch(`${origin}/emulator/${path}`, init);
  return answer.status === 204 ? undefined : answer.json();
};

beforeEach(async () => {
  await control("faults", "DELETE");
  await control("requests", "DELETE");
  await trust(emulator.baseUrl, workload);
  await workload.project();
});

const untilAsked = (path: string) => expect.poll(() => seen(path)).not.toHaveLength(0);
const fault = (body: object) => control("faults", "POST", body);

const yamlWith = (...entries: string[]): string =>
  relayYaml(
    "{ all: { allow: [members], moderation: {} } }",
    `metrics: { allow: [members] }\nupstream_keys: [${entries.join(", ")}]`,
  ).replace("limits: {", "limits: { mints: { caller: none },");

const brokerWith = (entries: string[], more: Partial<TestBrokerOptions> = {}) =>
  createTestBroker({
    openai: emulator.baseUrl,
    yaml: yamlWith(...entries),
    env: { OPENAI_API_KEY: "" },
    clock: time.clock,
    timers: { ...time.timers, nextTurn: systemTimers.nextTurn },
    ...more,
  });

type Broker = Awaited<ReturnType<typeof brokerWith>>;

const mint = async (broker: Broker) =>
  (await broker.fetch("/ephemeral-key", { headers: { authorization: `Bearer ${ALICE}` } })).status;
const chat = async (broker: Broker) => {
  const body = JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content: "Hello" }] });
  const headers = { "content-type": "application/json", authorization: `Bearer ${ALICE}` };
  return (await broker.fetch("/v1/chat/completions", { method: "POST", body, headers })).status;
};

const seen = async (path: string) => {
  const { requests } = (await control("requests", "GET")) as {
    requests: { path: string; headers: Record<string, string>; body: Record<string, unknown> }[];
  };
  return requests.filter((each) => each.path === path);
};

it("mints, relays and moderates with access tokens", async () => {
  await using broker = await brokerWith([identityEntry("cluster", workload, emulator.baseUrl)]);
  expect([await mint(broker), await chat(broker)]).toEqual([200, 200]);
  const shown = await Promise.all(
    ["realtime/client_secrets", "chat/completions", "moderations"].map((path) => seen(`/v1/${path}`)),
  );
  const tokens = new Set(shown.flat().map(({ headers }) => headers.authorization));
  expect(shown.map(({ length }) => length)).toEqual([1, 1, 1]);
  expect([...tokens]).toEqual([expect.stringMatching(/^Bearer oat_[0-9a-f]{32}$/)]);
  expect(await seen("/oauth/token")).toHaveLength(1);
});

it("fails no request across many ends of tokens", async () => {
  await using broker = await brokerWith([identityEntry("cluster", workload, emulator.baseUrl)]);
  const statuses: number[] = [];
  for (let minute = 0; minute < 60; minute += 1) {
    const round = [mint(broker), mint(broker), chat(broker)];
    await time.pass(30_000);
    await workload.project();
    await time.pass(30_000);
    statuses.push(...(await Promise.all(round)));
  }
  expect([...new Set(statuses)]).toEqual([200]);
  const tokens = new Set((await seen("/v1/chat/completions")).map(({ headers }) => headers.authorization));
  expect(tokens.size).toBeGreaterThan(7);
  expect(broker.logs.filter(({ level }) => level === "warn")).toEqual([]);
});

it("is refused by a start where no key has a token in time, with what to change", async () => {
  await workload.project(await workload.token({ audience: "https://kubernetes.default.svc" }));
  const starting = brokerWith([identityEntry("cluster", workload, emulator.baseUrl)]);
  const refused = expect(starting).rejects.toThrow(
    "the workload_identity of cluster under upstream_keys in broker.yaml: OpenAI refuses the identity (401 invalid_grant: The subject token could not be verified.): issuer https://cluster.example.com, audience https://kubernetes.default.svc, subject system:serviceaccount:voice:broker; the identity provider idp_cluster and its mapping to svc_broker at OpenAI have to agree with it",
  );
  await untilAsked("/oauth/token");
  await time.pass(31_000);
  await refused;
});

it("starts with the other keys where one has no token, which joins them when it has", async () => {
  await workload.project("");
  const other = `{ name: other, secret: sk-other, base_url: "${emulator.baseUrl}" }`;
  const entry = identityEntry("cluster", workload, emulator.baseUrl, "priority: 1,");
  await using broker = await brokerWith([entry, other]);
  const keys = async () => (await seen("/v1/chat/completions")).map(({ headers }) => headers.authorization);
  expect(await chat(broker)).toBe(200);
  expect(await keys()).toEqual(["Bearer sk-other"]);
  await workload.project();
  await time.pass(2000);
  await expect.poll(() => seen("/oauth/token")).toHaveLength(1);
  await expect
    .poll(async () => {
      await chat(broker);
      return (await keys()).at(-1);
    })
    .toMatch(/^Bearer oat_/);
  expect(broker.logs.filter(({ key }) => key === "cluster").map(({ msg }) => msg)).toEqual([
    "workload-identity-failing",
    "workload-identity-back",
  ]);
});

it("uses other keys once a token has ended, and counts it against no caller", async () => {
  const other = `{ name: other, secret: sk-other, base_url: "${emulator.baseUrl}" }`;
  const entry = identityEntry("cluster", workload, emulator.baseUrl, "priority: 1,");
  await using broker = await brokerWith([entry, other]);
  await expect.poll(() => seen("/oauth/token")).toHaveLength(1);
  await fault({ path: "/oauth/token", status: 503, times: 1000 });
  await time.pass(450_000);
  await expect.poll(() => broker.logs.at(-1)).toMatchObject({ msg: "workload-identity-failing" });
  await time.pass(250_000);
  expect([await chat(broker), await mint(broker)]).toEqual([200, 200]);
  const metrics = await (
    await broker.fetch("/metrics", { headers: { authorization: `Bearer ${ALICE}` } })
  ).text();
  expect(metrics).toContain('broker_upstream_key_usable{key="cluster"} 0');
  expect(metrics).not.toMatch(/broker_upstream_attempts_total\{key="cluster"/);
  expect(broker.logs.filter(({ key }) => key === "cluster").map(({ msg }) => msg)).toEqual([
    "workload-identity-failing",
    "upstream-key-out",
  ]);
  await control("faults", "DELETE");
  await workload.project();
  await time.pass(60_000);
  await expect.poll(() => broker.logs.at(-1)).toMatchObject({ msg: "upstream-key-back", key: "cluster" });
});

it("gets another token at once where OpenAI rejects one early, and only once", async () => {
  await using broker = await brokerWith([identityEntry("cluster", workload, emulator.baseUrl)]);
  await time.pass(120_000);
  await workload.project();
  await control("access-tokens", "DELETE");
  const statuses = await Promise.all(Array.from({ length: 20 }, () => chat(broker)));
  expect(new Set(statuses)).toEqual(new Set([503]));
  await time.pass(1);
  await expect.poll(() => seen("/oauth/token")).toHaveLength(2);
  await expect.poll(() => chat(broker)).toBe(200);
  expect(await seen("/oauth/token")).toHaveLength(2);
});
