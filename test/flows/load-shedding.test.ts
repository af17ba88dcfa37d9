// A service whose event loop is late: what it refuses, and what it still does.
import { expect, it } from "vitest";
import { systemTimers } from "../../server/clock.ts";
import { SAMPLE_MS } from "../../server/limits/load-shedding.ts";
import { createTestBroker } from "../support/broker.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { ALICE } from "../support/relay-client.ts";
import { until } from "../support/wait.ts";

// Measures are taken a hundred times as often.
const timers = {
  ...systemTimers,
  after: (ms: number, work: () => void) => systemTimers.after(ms === SAMPLE_MS ? ms / 100 : ms, work),
};
const yaml = `
callers: { tokens: [{ name: alice, token: ${ALICE} }] }
operators: { allow: [token:alice] }
metrics: { allow: [token:alice] }
limits: { address: none, mints: { caller: 1000 per minute } }`;
const headers = { authorization: `Bearer ${ALICE}`, "content-type": "application/json" };

const start = async (env: Record<string, string> = {}) => {
  const openai = await emulateOpenAi();
  let delay = 0;
  const broker = await createTestBroker({
    ...{ openai: openai.baseUrl, yaml, timers, readDelay: () => delay },
    env: { LOAD_SHEDDING: "true", ...env },
  });
  const body = JSON.stringify({ model: "gpt-5-mini", messages: [{ role: "user", content: "Hello?" }] });
  const ask = (path: string, init: RequestInit = {}) => broker.fetch(path, { headers, ...init });
  const statuses = async (send: () => Promise<Response>, times = 10) => {
    const all: number[] = [];
    for (let turn = 0; turn < times; turn += 1) {
      const answer = await send();
      await answer.arrayBuffer();
      all.push(answer.status);
    }
    return all;
  };
  return {
    ...{ broker, ask, statuses },
    chat: () => ask("/v1/chat/completions", { method: "POST", body }),
    late: (ms: number) => {
      delay = ms;
    },
    share: async (priority: string) => {
      const text = await (await ask("/metrics")).text();
      return Number(
        new RegExp(`broker_load_admitted_ratio\\{priority="${priority}"\\} (\\S+)`).exec(text)?.[1],
      );
    },
    [Symbol.asyncDispose]: async () => {
      await broker.stop();
      await openai[Symbol.asyncDispose]();
    },
  };
};

it("refuses relayed requests before voice, tells them when to come back, and says so once", async () => {
  await using service = await start();
  const { broker, ask, chat, statuses, late, share } = service;
  expect(await statuses(chat, 3)).toEqual([200, 200, 200]);
  late(120);
  await until("hardly any text is admitted", async () => (await share("text")) === 0.1);
  late(60);
  const answers = await statuses(chat);
  expect(answers.filter((status) => status === 503).length).toBeGreaterThanOrEqual(9);
  let refused = await chat();
  if (refused.status === 200) refused = await chat();
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ error: { code: "load-too-high", type: expect.any(String) } });
  const minted = await statuses(() => ask("/ephemeral-key"));
  expect(minted.filter((status) => status === 200).length).toBeGreaterThanOrEqual(5);
  for (const path of ["/healthz", "/readyz", "/usage?by=user", "/metrics"])
    expect(await statuses(() => ask(path), 5), path).toEqual([200, 200, 200, 200, 200]);
  late(0);
  await until("all is admitted again", async () => (await share("text")) === 1);
  expect(await statuses(chat, 3)).toEqual([200, 200, 200]);
  const told = broker.logs.filter(({ msg }) => /^load-shedding/.test(String(msg)));
  expect(told).toEqual([
    { level: "warn", msg: "load-shedding-began", event_loop_delay_ms: 120 },
    expect.objectContaining({ level: "info", msg: "load-shedding-ended", longest_event_loop_delay_ms: 120 }),
  ]);
});

it("mints on while only text is shed", async () => {
  await using service = await start();
  const { ask, statuses, late, share } = service;
  late(70);
  await until("some text is refused", async () => (await share("text")) < 1);
  late(30);
  expect(await share("voice")).toBe(1);
  expect(await statuses(() => ask("/ephemeral-key"))).toEqual(Array(10).fill(200));
});

it("refuses nothing where it is turned off", async () => {
  await using service = await start({ LOAD_SHEDDING: "false" });
  service.late(5000);
  await new Promise((resolve) => systemTimers.after(50, () => resolve(undefined)));
  expect(await service.statuses(service.chat, 3)).toEqual([200, 200, 200]);
});
