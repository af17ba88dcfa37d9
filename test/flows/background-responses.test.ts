// A response that runs in the background is booked and counted by budgets once, when it is fetched, whichever replica is asked.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { type Behaviour, fakeOpenAi } from "../support/fake-openai.ts";
import { ALICE, relayYaml } from "../support/relay-client.ts";
import { until } from "../support/wait.ts";

const usage = { input_tokens: 20, output_tokens: 5000, total_tokens: 5020 };
/** By gpt-5-mini's price of 0.25 and 2 USD for a million tokens. */
const COST = (20 * 0.25 + 5000 * 2) / 1e6;
const response = { id: "resp_1", object: "response", model: "gpt-5-mini", background: true, output: [] };

/** Finished when it is fetched for the second time. */
const openAi = (): Behaviour => {
  let fetched = 0;
  return (answer, { method, url }) => {
    if (method === "GET") fetched += 1;
    const isDone = fetched >= 2;
    const now = { ...response, status: isDone ? "completed" : "queued", usage: isDone ? usage : null };
    const isStream = url.includes("stream=true");
    answer.writeHead(200, { "content-type": isStream ? "text/event-stream" : "application/json" });
    const event = { type: "response.completed", sequence_number: 1, response: now };
    answer.end(
      isStream ? `event: response.completed\ndata: ${JSON.stringify(event)}\n\n` : JSON.stringify(now),
    );
  };
};

const headers = { authorization: `Bearer ${ALICE}`, "content-type": "application/json" };
const begin = (broker: TestBroker) =>
  broker.fetch("/v1/responses", {
    ...{ method: "POST", headers },
    body: JSON.stringify({ model: "gpt-5-mini", input: "Hi", background: true, max_output_tokens: 1000 }),
  });
const read = async (broker: TestBroker, query = "") => {
  const answer = await broker.fetch(`/v1/responses/resp_1${query}`, { headers });
  await answer.text();
  return answer;
};
interface Usage {
  total: { relayed: number; metered: { cost_usd: number | null; output_tokens: number; unpriced: number } };
}
const usageOf = async (broker: TestBroker, relayed: number) => {
  const ask = async () => (await (await broker.fetch("/usage?since=1h", { headers })).json()) as Usage;
  await until("all are in the books", async () => (await ask()).total.relayed >= relayed);
  return (await ask()).total.metered;
};

it("is booked once, and its other answers cost nothing", async () => {
  await using openai = await fakeOpenAi(openAi());
  const folder = mkdtempSync(join(tmpdir(), "background-"));
  const options = {
    openai: openai.baseUrl,
    yaml: relayYaml("{ all: { allow: [everyone] } }"),
    env: { DATABASE_URL: `sqlite:${join(folder, "broker.db")}`, USAGE_JOURNAL: join(folder, "journal") },
  };
  try {
    await using one = await createTestBroker(options);
    await using two = await createTestBroker(options);
    await begin(one);
    await read(one);
    await read(two, "?stream=true");
    for (const broker of [one, two, two]) await read(broker);
    const { cost_usd, output_tokens, unpriced } = await usageOf(one, 6);
    expect([cost_usd, output_tokens, unpriced]).toEqual([COST, 5000, 1]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("counts towards budgets what it used, and what they held for it no second time", async () => {
  await using openai = await fakeOpenAi(openAi());
  const budget = "{ name: month, each: caller, per: month, tokens: 100000 }";
  const yaml = relayYaml("{ all: { allow: [everyone] } }", `budgets: [${budget}]`);
  await using broker = await createTestBroker({ openai: openai.baseUrl, yaml });
  const left = (answer: Response) => Number(answer.headers.get("ratelimit")?.match(/month.*?r=(\d+)/)?.[1]);
  await begin(broker);
  const whileRunning = left(await read(broker));
  expect(100_000 - whileRunning).toBeGreaterThanOrEqual(1000);
  for (let times = 0; times < 3; times += 1) await read(broker);
  await until("it is counted", async () => left(await read(broker)) !== whileRunning);
  expect(100_000 - left(await read(broker))).toBe(5020);
});
