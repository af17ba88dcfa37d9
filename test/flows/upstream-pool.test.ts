// Several keys at OpenAI: what callers do not notice, and what operators are told.
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { problemIn } from "../support/problem.ts";
import { serve, type TestServer } from "../support/server.ts";

type Behaviour = (answer: ServerResponse, asked: number) => void | Promise<void>;

interface FakeOpenAi extends TestServer {
  /** The headers of each mint, oldest first. */
  mints: IncomingMessage["headers"][];
}

const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
});

/** A stand-in for one account, which a fault on demand cannot make fail for one key only. */
const account = async (behave: Behaviour): Promise<FakeOpenAi> => {
  const mints: IncomingMessage["headers"][] = [];
  const server = await serve(async (request, answer) => {
    mints.push(request.headers);
    request.resume();
    await once(request, "end");
    await behave(answer, mints.length);
  });
  servers.push(server);
  return Object.assign(server, { mints });
};

const minted = (answer: ServerResponse): void => {
  const session = { id: "sess_1", type: "realtime", model: "gpt-realtime-2.1" };
  const body = { value: "ek_0123456789abcdef", expires_at: 4_102_444_800, session };
  answer.writeHead(200, { "content-type": "application/json", "x-request-id": "req_1" });
  answer.end(JSON.stringify(body));
};

const refusing =
  (status: number, headers: Record<string, string> = {}, code = "some_reason"): Behaviour =>
  (answer) => {
    const error = { message: "no", code };
    answer
      .writeHead(status, { "content-type": "application/json", ...headers })
      .end(JSON.stringify({ error }));
  };

const slow =
  (ms: number): Behaviour =>
  async (answer) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    minted(answer);
  };

const cutting: Behaviour = (answer) => {
  answer.destroy();
};

interface KeyOf {
  server: TestServer;
  more?: string;
}

const brokerOver = (keys: Record<string, KeyOf>, clock?: { now(): number; monotonic(): number }) => {
  const list = Object.entries(keys).map(
    ([name, { server, more = "" }]) =>
      `{ name: ${name}, secret: sk-of-${name}, base_url: "${server.url}/v1"${more} }`,
  );
  return createTestBroker({
    openai: "http://127.0.0.1:9/v1",
    env: { OPENAI_API_KEY: "" },
    yaml: `{ callers: { guests: loopback }, upstream_keys: [${list.join(", ")}], limits: { address: none, mints: { caller: none } } }`,
    ...(clock && { clock }),
  });
};

const mint = async (broker: TestBroker) => {
  const answer = await broker.fetch("/ephemeral-key");
  return { status: answer.status, body: (await answer.json()) as { connect?: { webrtc: string } }, answer };
};

const statuses = async (broker: TestBroker, times: number): Promise<Record<number, number>> => {
  const answers = await Promise.all(Array.from({ length: times }, () => mint(broker)));
  const seen = Map.groupBy(answers, ({ status }) => status);
  return Object.fromEntries([...seen].map(([status, all]) => [status, all.length]));
};

const keyLines = (broker: TestBroker) =>
  broker.logs
    .filter(({ msg }) => String(msg).startsWith("upstream-key-"))
    .map(({ msg, key }) => `${msg} ${key}`);

describe("a pool of keys", () => {
  it("of which one refuses, one is slow and one is fine loses no request of 200 at once", async () => {
    const [bad, late, good] = [await account(refusing(401)), await account(slow(400)), await account(minted)];
    await using broker = await brokerOver({
      bad: { server: bad },
      late: { server: late },
      good: { server: good },
    });
    expect(await statuses(broker, 200)).toEqual({ 200: 200 });
    const before = bad.mints.length;
    expect(await statuses(broker, 200)).toEqual({ 200: 200 });
    expect(bad.mints.length).toBe(before);
    const [ofGood, ofLate] = [good.mints.length, late.mints.length];
    for (let call = 0; call < 40; call += 1) await mint(broker);
    expect(good.mints.length - ofGood).toBeGreaterThan(3 * (late.mints.length - ofLate));
    expect(keyLines(broker)).toEqual(["upstream-key-out bad"]);
  });

  it.each([
    ["errors", refusing(500)],
    ["cuts the connection", cutting],
    ["is limited", refusing(429, { "retry-after": "30" })],
    ["has no quota", refusing(429, {}, "insufficient_quota")],
  ])("of which one %s is not noticed by 50 callers at once", async (_, behave) => {
    const [bad, good] = [await account(behave), await account(minted)];
    await using broker = await brokerOver({ bad: { server: bad }, good: { server: good } });
    expect(await statuses(broker, 50)).toEqual({ 200: 50 });
    const before = bad.mints.length;
    expect(before).toBeGreaterThan(0);
    expect(await statuses(broker, 50)).toEqual({ 200: 50 });
    expect(bad.mints.length).toBe(before);
    expect(keyLines(broker)).toEqual(["upstream-key-out bad"]);
  });

  it("sends each key its own secret, and the browser where the key belongs", async () => {
    const [us, eu] = [await account(minted), await account(minted)];
    await using broker = await brokerOver({
      us: { server: us, more: ", organization: org-us, project: proj-us" },
      eu: { server: eu, more: ", priority: 1" },
    });
    const { body } = await mint(broker);
    expect(body.connect?.webrtc).toBe(`${eu.url}/v1/realtime/calls`);
    expect(eu.mints[0]?.authorization).toBe("Bearer sk-of-eu");
    expect(us.mints).toEqual([]);
    expect(broker.logs.at(-1)).toMatchObject({ upstream_key: "eu", openai_request_id: "req_1" });
    const page = await broker.fetch("/");
    expect(page.headers.get("content-security-policy")).toContain(`connect-src 'self' ${us.url} ${eu.url};`);
    expect(JSON.stringify([...broker.logs, body])).not.toContain("sk-of-");
  });

  it("bills whom the key says", async () => {
    const only = await account(minted);
    await using broker = await brokerOver({
      only: { server: only, more: ", organization: org-1, project: proj-1" },
    });
    await mint(broker);
    expect(only.mints[0]).toMatchObject({ "openai-organization": "org-1", "openai-project": "proj-1" });
  });

  it("asks only keys that have the model, and says when none does", async () => {
    const [mini, other] = [await account(minted), await account(minted)];
    await using broker = await brokerOver({
      mini: { server: mini, more: ", models: [gpt-realtime-2.1-mini]" },
      other: { server: other, more: ', models: ["gpt-realtime-2.1", "gpt-4*"]' },
    });
    for (let call = 0; call < 5; call += 1) expect((await mint(broker)).status).toBe(200);
    expect([mini.mints.length, other.mints.length]).toEqual([0, 5]);
  });
});

describe("when no key is left", () => {
  it("a refused key is told to the operator, and the caller learns nothing of it", async () => {
    const only = await account(refusing(401));
    await using broker = await brokerOver({ only: { server: only } });
    expect((await mint(broker)).status).toBe(502);
    const { answer, status } = { ...(await mint(broker)) };
    expect([status, answer.headers.get("retry-after")]).toEqual([503, null]);
    expect(only.mints.length).toBe(1);
    expect(broker.logs).toContainEqual(
      expect.objectContaining({
        msg: "upstream-key-out",
        key: "only",
        reason: expect.stringContaining("401"),
      }),
    );
  });

  it("callers are told when to come back, and do", async () => {
    let skipped = 0;
    const clock = { now: () => Date.now() + skipped, monotonic: () => performance.now() };
    const only = await account((answer, asked) =>
      asked === 1 ? refusing(429, { "retry-after": "20" })(answer, asked) : minted(answer),
    );
    await using broker = await brokerOver({ only: { server: only } }, clock);
    const first = await mint(broker);
    expect([first.status, first.answer.headers.get("retry-after")]).toEqual([502, "20"]);
    const second = await broker.fetch("/ephemeral-key");
    expect(Number(second.headers.get("retry-after"))).toBeGreaterThan(15);
    expect([second.status, (await problemIn(second)).code]).toEqual([503, "upstream-unavailable"]);
    skipped = 20_000;
    expect((await mint(broker)).status).toBe(200);
    expect(keyLines(broker)).toEqual(["upstream-key-out only", "upstream-key-back only"]);
  });

  it("a key that is out comes back by one request, and nobody else waits for it", async () => {
    let skipped = 0;
    let broken = true;
    const clock = { now: () => Date.now() + skipped, monotonic: () => performance.now() };
    const only = await account((answer, asked) =>
      broken ? refusing(500)(answer, asked) : slow(200)(answer, asked),
    );
    await using broker = await brokerOver({ only: { server: only } }, clock);
    expect((await mint(broker)).status).toBe(502);
    expect(only.mints.length).toBe(3);
    expect((await mint(broker)).status).toBe(503);
    broken = false;
    skipped = 60_000;
    expect(await statuses(broker, 20)).toEqual({ 200: 1, 503: 19 });
    expect(await statuses(broker, 20)).toEqual({ 200: 20 });
  });
});

it("OPENAI_API_KEY is one key of the pool", async () => {
  const [own, spare] = [await account(refusing(401)), await account(minted)];
  await using broker = await createTestBroker({
    openai: `${own.url}/v1`,
    yaml: `{ callers: { guests: loopback }, upstream_keys: [{ name: spare, secret: sk-spare, base_url: "${spare.url}/v1" }] }`,
  });
  for (let call = 0; call < 10; call += 1) expect((await mint(broker)).status).toBe(200);
  expect(own.mints.length).toBe(1);
  expect(own.mints[0]?.authorization).toBe("Bearer sk-test-broker");
});

it("the metrics tell how each key does", async () => {
  const [bad, good] = [await account(refusing(401)), await account(minted)];
  await using broker = await createTestBroker({
    openai: `${bad.url}/v1`,
    yaml: `{ callers: { guests: loopback }, metrics: { allow: [guests] }, upstream_keys: [{ name: good, secret: sk-g, base_url: "${good.url}/v1" }] }`,
  });
  for (let call = 0; call < 10; call += 1) await mint(broker);
  const text = await (await broker.fetch("/metrics")).text();
  expect(text).toContain('broker_upstream_attempts_total{key="default",outcome="rejected"} 1');
  expect(text).toContain('broker_upstream_attempts_total{key="good",outcome="answered"} 10');
  expect(text).toContain('broker_upstream_key_usable{key="default"} 0');
  expect(text).toContain('broker_upstream_key_usable{key="good"} 1');
});
