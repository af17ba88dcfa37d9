// One key at OpenAI, and one caller whose requests fail in every way: the others do not notice.
import { describe, expect, it } from "vitest";
import type { TestBroker } from "../support/broker.ts";
import { type Behaviour, chatAnswer } from "../support/fake-openai.ts";
import { account, as, brokerOver, cutting, keyLines, minted, saying, statusOf } from "../support/upstream.ts";

const tooLarge =
  "Request too large for gpt-5-mini in organization org-VDAWofJASuLH on tokens per min (TPM): Limit 30000, Requested 30601.";
const scopes =
  "You have insufficient permissions for this operation. Missing scopes: api.vector_stores.read.";

/** A chat that begins with `fail` fails as told; all others are answered. */
const failing =
  (behave: Behaviour): Behaviour =>
  (answer, asked, request) =>
    (asked.body.includes('"fail') ? behave : chatAnswer)(answer, asked, request);

const late: Behaviour = async (answer) => {
  await new Promise<void>((resolve) => answer.once("close", resolve));
};

const fine = async (broker: TestBroker): Promise<void> => {
  const { mint, chat } = as(broker, "alice");
  expect([await statusOf(mint()), await statusOf(chat())]).toEqual([200, 200]);
};

describe("the others are served while one caller's chats", () => {
  it.each<[string, Behaviour, number]>([
    ["make OpenAI fail", saying(500, {}), 502],
    ["make its gateway fail", saying(502, {}), 502],
    ["break the connection", cutting, 502],
    ["are too large", saying(429, { message: tooLarge, code: "rate_limit_exceeded" }), 429],
    ["need a scope that the key lacks", saying(401, { message: scopes }), 403],
    ["meet a 401 without a reason", saying(401, {}), 502],
    ["are wrong", saying(400, { code: "unknown_parameter" }), 400],
    [
      "lead elsewhere",
      (answer) => void answer.writeHead(302, { location: "https://evil.example" }).end(),
      502,
    ],
    [
      "are too large for what is left",
      saying(
        429,
        { code: "rate_limit_exceeded" },
        {
          "retry-after": "60",
          "x-ratelimit-remaining-tokens": "20000",
          "x-ratelimit-remaining-requests": "400",
        },
      ),
      429,
    ],
    ["reach a limit", saying(429, { code: "rate_limit_exceeded" }, { "retry-after": "60" }), 429],
    ["want the cheap tier, which is full", saying(429, { message: "Resource Unavailable" }), 429],
  ])("%s", async (_, behave, status) => {
    await using openai = await account({ chats: failing(behave) });
    await using broker = await brokerOver({ only: openai });
    for (let time = 0; time < 5; time += 1) {
      expect(await statusOf(as(broker, "mallory").chat(`fail ${time}`))).toBe(status);
      await fine(broker);
    }
    await Promise.all(
      Array.from({ length: 30 }, (_, time) => statusOf(as(broker, "mallory").chat(`fail ${time}`))),
    );
    await fine(broker);
    expect(keyLines(broker).filter((line) => !/restricted|limited/.test(line))).toEqual([]);
  });

  it("are answered too late", async () => {
    await using openai = await account({ chats: failing(late) });
    await using broker = await brokerOver({ only: openai }, { env: { RELAY_TIMEOUT_SECONDS: "1" } });
    const chats = Array.from({ length: 20 }, (_, time) =>
      statusOf(as(broker, "mallory").chat(`fail ${time}`)),
    );
    await fine(broker);
    expect(new Set(await Promise.all(chats))).toEqual(new Set([504]));
    await fine(broker);
    expect(keyLines(broker)).toEqual([]);
  });
});

it("a limit at an address without a model leaves all other addresses alone", async () => {
  const limited = saying(429, { code: "rate_limit_exceeded" }, { "retry-after": "60" });
  await using openai = await account({ others: limited });
  await using broker = await brokerOver({ only: openai });
  for (const caller of ["mallory", "bob"] as const) {
    expect(await statusOf(as(broker, caller).post("/v1/vector_stores", "{}"))).toBe(429);
  }
  openai.behave({});
  expect(await statusOf(as(broker, "alice").post("/v1/vector_stores", "{}"))).toBe(429);
  expect(await statusOf(as(broker, "alice").post("/v1/files", "{}"))).toBe(200);
});

it.each([
  [429, "insufficient_quota"],
  [401, "invalid_api_key"],
])("the others are served while one caller's chats meet a %i %s", async (status, code) => {
  await using openai = await account({ chats: failing(saying(status, { code })) });
  await using broker = await brokerOver({ only: openai });
  for (let time = 0; time < 5; time += 1) {
    expect(await statusOf(as(broker, "mallory").chat(`fail ${time}`))).toBeGreaterThanOrEqual(502);
    await fine(broker);
  }
});

const oddAnswers: [string, Behaviour][] = [
  ["without a key", (answer) => void answer.writeHead(200, { "content-type": "application/json" }).end("{}")],
  ["of a proxy", (answer) => void answer.writeHead(200).end("<html>")],
  [
    "without an end",
    (answer) => void answer.writeHead(200, { "content-length": "100" }).write("{", () => answer.destroy()),
  ],
  ["of two megabytes", (answer) => void answer.writeHead(200).end(Buffer.alloc(2_000_000, "x"))],
];

it.each(oddAnswers)(
  "an answer %s to a mint is asked for once, and takes the key from no caller",
  async (_, odd) => {
    await using openai = await account({ mints: odd });
    await using broker = await brokerOver({ only: openai });
    for (let time = 0; time < 5; time += 1) {
      expect(await statusOf(as(broker, "mallory").mint())).toBe(502);
    }
    expect(openai.of("mints").length).toBe(5);
    openai.behave({});
    await fine(broker);
    expect(keyLines(broker)).toEqual([]);
    const metrics = await (await broker.fetch("/metrics")).text();
    expect(metrics).toContain('broker_upstream_attempts_total{key="only",outcome="unreadable"} 5');
  },
);

it("odd answers to many callers take the key from no caller either", async () => {
  await using openai = await account({ mints: (answer) => void answer.writeHead(200).end("{}") });
  await using broker = await brokerOver({ only: openai });
  for (const caller of ["mallory", "bob", "carol", "bob"] as const) await statusOf(as(broker, caller).mint());
  openai.behave({});
  await fine(broker);
});

it("a caller's failing requests leave the others the repeats of theirs", async () => {
  let isDown = true;
  const once: Behaviour = (answer, asked, request) => {
    const fails = isDown;
    isDown = false;
    return (fails ? cutting : minted)(answer, asked, request);
  };
  await using openai = await account({ chats: failing(saying(500, {})), mints: once });
  await using broker = await brokerOver({ only: openai });
  for (let wave = 0; wave < 4; wave += 1) {
    await Promise.all(Array.from({ length: 50 }, () => statusOf(as(broker, "mallory").chat("fail"))));
  }
  // Whatever mallory has used up, one broken connection of another is made good.
  expect(await statusOf(as(broker, "alice").mint())).toBe(200);
});
