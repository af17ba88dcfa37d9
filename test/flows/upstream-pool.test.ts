// Several keys at OpenAI: what callers do not notice, and what operators are told.
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import type { Behaviour } from "../support/fake-openai.ts";
import { problemIn } from "../support/problem.ts";
import {
  account,
  always,
  as,
  brokerOver,
  callers,
  cutting,
  keyLines,
  minted,
  saying,
} from "../support/upstream.ts";

const wrongKey = saying(401, { code: "invalid_api_key" });
const scopes = "You have insufficient permissions for this operation. Missing scopes: api.responses.write.";

const slow =
  (ms: number): Behaviour =>
  async (answer) => {
    await pause(ms);
    minted(answer);
  };

const tooMany = (seconds: number) =>
  saying(429, { code: "rate_limit_exceeded" }, { "retry-after": `${seconds}` });

/** So many mints at once, of several callers; how often each status was answered. */
const statuses = async (broker: TestBroker, times: number): Promise<Record<number, number>> => {
  const answers = await Promise.all(
    Array.from({ length: times }, (_, index) => as(broker, callers[index % callers.length] ?? "bob").mint()),
  );
  const seen = Map.groupBy(answers, ({ status }) => status);
  return Object.fromEntries([...seen].map(([status, all]) => [status, all.length]));
};

describe("a pool of keys", () => {
  it("of which one refuses, one is slow and one is fine loses no request of 200 at once", async () => {
    await using bad = await account({ mints: wrongKey, models: wrongKey });
    await using late = await account({ mints: slow(400) });
    await using good = await account();
    // Latencies by a clock of the test's own, so that they are the same on any machine.
    let passed = 0;
    const clock = { now: () => Date.now(), monotonic: () => passed };
    await using broker = await brokerOver({ bad, late, good }, { clock });
    expect(await statuses(broker, 200)).toEqual({ 200: 200 });
    const before = bad.of("mints").length;
    expect(await statuses(broker, 200)).toEqual({ 200: 200 });
    expect(bad.of("mints").length).toBe(before);
    late.behave({
      mints: (answer) => {
        passed += 400;
        minted(answer);
      },
    });
    const [ofGood, ofLate] = [good.of("mints").length, late.of("mints").length];
    for (let call = 0; call < 40; call += 1) await as(broker, "alice").mint();
    expect(late.of("mints").length - ofLate).toBeLessThan(2);
    expect(good.of("mints").length - ofGood).toBeGreaterThan(38);
    expect(keyLines(broker)).toEqual(["upstream-key-out bad"]);
  });

  it.each<[string, Behaviour, string[]]>([
    ["errors", saying(500, {}), []],
    ["answers an unexplained 401", saying(401, {}), []],
    ["is limited", tooMany(30), ["upstream-key-limited bad"]],
    ["has no quota", saying(429, { code: "insufficient_quota" }), ["upstream-key-out bad"]],
    ["has no billing", saying(429, { code: "billing_not_active" }), ["upstream-key-out bad"]],
    ["is of a deactivated account", saying(401, { code: "account_deactivated" }), ["upstream-key-out bad"]],
    [
      "is of another organization",
      saying(401, { code: "mismatched_organization" }),
      ["upstream-key-out bad"],
    ],
  ])("of which one %s is not noticed by 50 callers at once, and left alone", async (_, behave, lines) => {
    await using bad = await account(always(behave));
    await using good = await account();
    await using broker = await brokerOver({ bad, good });
    expect(await statuses(broker, 50)).toEqual({ 200: 50 });
    const before = bad.of("mints").length;
    expect(before).toBeGreaterThan(0);
    expect(await statuses(broker, 50)).toEqual({ 200: 50 });
    expect(bad.of("mints").length).toBe(before);
    expect(keyLines(broker)).toEqual(lines);
  });

  it("of which one cannot be reached is not noticed, and left to the probes", async () => {
    await using bad = await account(always(cutting));
    await using good = await account();
    await using broker = await brokerOver({ bad, good });
    expect(await statuses(broker, 50)).toEqual({ 200: 50 });
    await expect.poll(() => keyLines(broker)).toEqual(["upstream-key-out bad mints"]);
    const before = bad.of("mints").length;
    expect(await statuses(broker, 50)).toEqual({ 200: 50 });
    expect(bad.of("mints").length).toBe(before);
    bad.behave({});
    await expect.poll(() => keyLines(broker).at(-1)).toBe("upstream-key-back bad mints");
    expect(bad.of("models")[0]?.headers.authorization).toBe("Bearer sk-of-bad");
  });

  it("sends each key its own secret, and the browser where the key belongs", async () => {
    await using us = await account();
    await using eu = await account();
    await using broker = await brokerOver({
      us: { ...us, more: ", organization: org-us, project: proj-us" },
      eu: { ...eu, more: ", priority: 1" },
    });
    const body = (await (await as(broker, "alice").mint()).json()) as { connect: { webrtc: string } };
    expect(body.connect.webrtc).toBe(`${eu.baseUrl}/realtime/calls`);
    expect(eu.of("mints")[0]?.headers.authorization).toBe("Bearer sk-of-eu");
    expect(us.asked).toEqual([]);
    expect(broker.logs.at(-1)).toMatchObject({ upstream_key: "eu", openai_request_id: "req_1" });
    const page = await broker.fetch("/");
    expect(page.headers.get("content-security-policy")).toContain(`connect-src 'self' ${us.url} ${eu.url};`);
    expect(JSON.stringify([...broker.logs, body])).not.toContain("sk-of-");
  });

  it("bills whom the key says", async () => {
    await using only = await account();
    await using broker = await brokerOver({
      only: { ...only, more: ", organization: org-1, project: proj-1" },
    });
    await as(broker, "alice").mint();
    expect(only.asked[0]?.headers).toMatchObject({
      "openai-organization": "org-1",
      "openai-project": "proj-1",
    });
  });

  it("asks only keys that have the model, and says when none does", async () => {
    await using mini = await account();
    await using other = await account();
    await using broker = await brokerOver({
      mini: { ...mini, more: ", models: [gpt-realtime-2.1-mini]" },
      other: { ...other, more: ', models: ["gpt-realtime-2.1", "gpt-4*"]' },
    });
    for (let call = 0; call < 5; call += 1) expect((await as(broker, "alice").mint()).status).toBe(200);
    expect([mini.asked.length, other.asked.length]).toEqual([0, 5]);
    const answer = await as(broker, "alice").chat("hello", `gpt-5${"x".repeat(200)}`);
    const { error } = (await answer.json()) as { error: { message: string } };
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "60"]);
    expect(error.message).toContain("No configured key has the model gpt-5xxx");
    expect(error.message.length).toBeLessThan(250);
  });
});

describe("OpenAI's limits", () => {
  it("of one model leave the others, and mints, alone", async () => {
    await using only = await account({
      chats: (answer, asked, request) =>
        (asked.body.includes("gpt-5-mini") ? tooMany(30) : saying(400, { code: "known_model" }))(
          answer,
          asked,
          request,
        ),
    });
    await using broker = await brokerOver({ only });
    const { mint, chat } = as(broker, "alice");
    const first = await chat();
    const { error } = (await first.json()) as { error: object };
    expect([first.status, first.headers.get("retry-after")]).toEqual([429, "30"]);
    expect(error).toMatchObject({ type: "requests", code: "rate_limit_exceeded" });
    for (const caller of ["alice", "bob", "carol", "bob"] as const) {
      const next = await as(broker, caller).chat();
      expect([next.status, Number(next.headers.get("retry-after")) > 20]).toEqual([429, true]);
    }
    // Alice's limit became everybody's when bob had found it too.
    expect(only.of("chats").length).toBe(2);
    expect((await as(broker, "bob").chat("hello", "gpt-5")).status).toBe(400);
    expect((await mint()).status).toBe(200);
    expect(broker.logs).toContainEqual(
      expect.objectContaining({ msg: "upstream-key-limited", key: "only", model: "gpt-5-mini", seconds: 30 }),
    );
  });

  it("are no reason to ask another key, where the request is too large for any", async () => {
    const message =
      "Request too large for gpt-5-mini in organization org-VDAWofJASuLH on tokens per min (TPM): Limit 30000, Requested 30601.";
    const refuse = saying(429, { message, type: "tokens", code: "rate_limit_exceeded" });
    await using one = await account({ chats: refuse });
    await using other = await account({ chats: refuse });
    await using broker = await brokerOver({ one, other });
    const answer = await as(broker, "alice").chat();
    expect(answer.status).toBe(429);
    expect(await answer.json()).toEqual({
      error: {
        message: message.replace("org-VDAWofJASuLH", "[redacted]"),
        type: "tokens",
        param: null,
        code: "rate_limit_exceeded",
      },
    });
    expect(one.asked.length + other.asked.length).toBe(1);
    expect(keyLines(broker)).toEqual([]);
  });

  it("of mints are told with when to come back, and end by themselves", async () => {
    let skipped = 0;
    const clock = { now: () => Date.now() + skipped, monotonic: () => performance.now() + skipped };
    await using only = await account({ mints: tooMany(20) });
    await using broker = await brokerOver({ only }, { clock });
    const first = await as(broker, "alice").mint();
    expect([first.status, first.headers.get("retry-after")]).toEqual([429, "20"]);
    const second = await as(broker, "bob").mint();
    expect(Number(second.headers.get("retry-after"))).toBeGreaterThan(15);
    expect([second.status, (await problemIn(second)).code]).toEqual([429, "upstream-limited"]);
    only.behave({});
    skipped = 20_000;
    expect((await as(broker, "bob").mint()).status).toBe(200);
    const metrics = await (await broker.fetch("/metrics")).text();
    expect(metrics).toContain('broker_mints_total{profile="default",outcome="failed"} 2');
  });
});

describe("a restricted key", () => {
  it.each([401, 403])("is not asked for what it may not do while there is another (%i)", async (status) => {
    await using narrow = await account({ chats: saying(status, { message: scopes }) });
    await using wide = await account();
    await using broker = await brokerOver({ narrow: { ...narrow, more: ", priority: 1" }, wide });
    for (const caller of callers) {
      expect((await as(broker, caller).chat()).status).toBe(200);
      expect((await as(broker, caller).mint()).status).toBe(200);
    }
    expect([narrow.of("chats").length, narrow.of("mints").length]).toEqual([1, 4]);
    expect([wide.of("chats").length, wide.of("mints").length]).toEqual([4, 0]);
    expect(broker.logs).toContainEqual(
      expect.objectContaining({ msg: "upstream-key-restricted", key: "narrow", endpoint: "write chat" }),
    );
  });

  it("that is the only one is told to the caller in our words, as a 403", async () => {
    await using narrow = await account({
      chats: saying(401, { message: scopes }),
      mints: saying(401, { message: scopes }),
    });
    await using broker = await brokerOver({ narrow });
    const answer = await as(broker, "alice").chat();
    const { error } = (await answer.json()) as { error: { message: string; code: string } };
    expect([answer.status, error.code]).toEqual([403, "upstream-scope-missing"]);
    expect(error.message).not.toContain("api.responses.write");
    expect(JSON.stringify(broker.logs.at(-1))).toContain("api.responses.write");
    const mint = await as(broker, "alice").mint();
    expect([mint.status, (await problemIn(mint)).code]).toEqual([403, "upstream-scope-missing"]);
  });
});

it("OPENAI_API_KEY is one key of the pool", async () => {
  await using own = await account({ mints: wrongKey, models: wrongKey });
  await using spare = await account();
  await using broker = await createTestBroker({
    openai: own.baseUrl,
    yaml: `{ callers: { guests: loopback }, upstream_keys: [{ name: spare, secret: sk-spare, base_url: "${spare.baseUrl}" }] }`,
  });
  for (let call = 0; call < 10; call += 1) {
    expect((await broker.fetch("/ephemeral-key")).status).toBe(200);
  }
  expect(own.of("mints").length).toBe(1);
  expect(own.of("mints")[0]?.headers.authorization).toBe("Bearer sk-test-broker");
});

it("the metrics tell how each key does", async () => {
  await using bad = await account({ mints: wrongKey, models: wrongKey });
  await using good = await account();
  await using broker = await brokerOver({ bad: { ...bad, more: ", priority: 1" }, good });
  for (let call = 0; call < 10; call += 1) await as(broker, "alice").mint();
  const text = await (await broker.fetch("/metrics")).text();
  expect(text).toContain('broker_upstream_attempts_total{key="bad",outcome="key-invalid"} 1');
  expect(text).toContain('broker_upstream_attempts_total{key="good",outcome="answered"} 10');
  expect(text).toContain('broker_upstream_key_usable{key="bad"} 0');
  expect(text).toContain('broker_upstream_key_usable{key="good"} 1');
  expect(text).toContain('broker_upstream_breaker_open{key="bad",family="mints"} 0');
});
