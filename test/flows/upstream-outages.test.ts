// OpenAI cannot be reached for a while, or does not know a key: how soon callers are served again, and by whose requests.
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Behaviour } from "../support/fake-openai.ts";
import {
  account,
  always,
  as,
  brokerOver,
  callers,
  cutting,
  keyLines,
  saying,
  statusOf,
} from "../support/upstream.ts";

const wrongKey = saying(401, { code: "invalid_api_key" });
const hanging: Behaviour = async (answer) => {
  await new Promise<void>((resolve) => answer.once("close", resolve));
};

it.each<[string, Behaviour]>([
  ["cuts connections", cutting],
  ["answers 502", saying(502, {})],
  ["answers nothing", hanging],
])("when OpenAI %s for a while, the only key is back by a probe", async (_, behave) => {
  await using only = await account(always(behave));
  await using broker = await brokerOver({ only }, { env: { OPENAI_TIMEOUT_MS: "300" } });
  for (const caller of callers) expect(await statusOf(as(broker, caller).mint())).toBeGreaterThanOrEqual(502);
  await expect.poll(() => keyLines(broker)).toEqual(["upstream-key-out only mints"]);
  expect(await (await broker.fetch("/metrics")).text()).toContain(
    'broker_upstream_breaker_open{key="only",family="mints"} 1',
  );
  const asked = only.of("mints").length;
  only.behave({});
  await expect.poll(() => keyLines(broker).at(-1)).toBe("upstream-key-back only mints");
  expect(only.of("mints").length).toBe(asked);
  for (const caller of callers) expect(await statusOf(as(broker, caller).mint())).toBe(200);
});

it("while the only key is out, few requests are tried, and all others are told when to come back", async () => {
  await using only = await account(always(cutting));
  await using broker = await brokerOver({ only });
  for (const caller of callers) await statusOf(as(broker, caller).mint());
  await expect.poll(() => keyLines(broker)).toEqual(["upstream-key-out only mints"]);
  const asked = only.of("mints").length;
  const answers = await Promise.all(Array.from({ length: 100 }, () => as(broker, "alice").mint()));
  const refused = answers.filter(({ status }) => status === 503);
  expect(refused.length).toBeGreaterThanOrEqual(90);
  expect(new Set(refused.map(({ headers }) => headers.get("retry-after")))).toEqual(new Set(["1"]));
  expect(only.of("mints").length - asked).toBeLessThanOrEqual(10);
});

it("while the only key is out, the first request that is answered brings it back for all", async () => {
  await using only = await account(always(cutting));
  await using broker = await brokerOver({ only });
  for (const caller of callers) await statusOf(as(broker, caller).mint());
  await expect.poll(() => keyLines(broker)).toEqual(["upstream-key-out only mints"]);
  only.behave({ models: cutting });
  await expect.poll(() => statusOf(as(broker, "bob").mint())).toBe(200);
  const answers = await Promise.all(Array.from({ length: 20 }, () => statusOf(as(broker, "alice").mint())));
  expect(answers).toEqual(Array(20).fill(200));
});

it("mints, chats and uploads are out each for themselves", async () => {
  await using only = await account({ chats: cutting, others: cutting, models: cutting });
  await using broker = await brokerOver({ only });
  for (const caller of callers) {
    await statusOf(as(broker, caller).chat());
    await statusOf(as(broker, caller).post("/v1/files", "x", { "content-type": "text/plain" }));
  }
  await expect
    .poll(() => keyLines(broker).toSorted())
    .toEqual(["upstream-key-out only data", "upstream-key-out only models"]);
  expect(await statusOf(as(broker, "alice").mint())).toBe(200);
  only.behave({ models: cutting, others: cutting });
  await expect.poll(() => statusOf(as(broker, "bob").chat())).toBe(200);
  expect(keyLines(broker)).not.toContain("upstream-key-back only data");
});

it("a key that OpenAI does not know is known again by itself, and the caller learns nothing of it", async () => {
  await using only = await account({ mints: wrongKey, models: wrongKey });
  await using broker = await brokerOver({ only });
  expect(await statusOf(as(broker, "alice").mint())).toBe(502);
  expect(broker.logs).toContainEqual(
    expect.objectContaining({ msg: "upstream-key-out", key: "only", reason: expect.stringContaining("401") }),
  );
  expect(await (await broker.fetch("/metrics")).text()).toContain('broker_upstream_key_usable{key="only"} 0');
  const answers = await Promise.all(Array.from({ length: 10 }, () => as(broker, "alice").mint()));
  const refused = answers.filter(({ status }) => status === 503);
  expect(refused.length).toBeGreaterThanOrEqual(8);
  expect(new Set(refused.map(({ headers }) => headers.get("retry-after")))).toEqual(new Set(["10"]));
  only.behave({});
  await expect.poll(() => keyLines(broker).at(-1)).toBe("upstream-key-back only");
  expect(await statusOf(as(broker, "alice").mint())).toBe(200);
  expect(await (await broker.fetch("/metrics")).text()).toContain('broker_upstream_key_usable{key="only"} 1');
});

it("an account that has got money again serves the next caller", async () => {
  await using only = await account({ mints: saying(429, { code: "insufficient_quota" }) });
  await using broker = await brokerOver({ only });
  expect(await statusOf(as(broker, "alice").mint())).toBe(502);
  only.behave({});
  await expect.poll(() => statusOf(as(broker, "alice").mint())).toBe(200);
  expect(keyLines(broker)).toEqual(["upstream-key-out only", "upstream-key-back only"]);
});

it("a key that is fine is never probed, and one that is out not after the service has stopped", async () => {
  await using only = await account();
  const broker = await brokerOver({ only });
  for (let call = 0; call < 10; call += 1) await as(broker, "alice").mint();
  expect(only.of("models")).toEqual([]);
  only.behave(always(cutting));
  for (const caller of callers) await statusOf(as(broker, caller).mint());
  await expect.poll(() => keyLines(broker)).toEqual(["upstream-key-out only mints"]);
  await broker.stop();
  const probes = only.of("models").length;
  await pause(1500);
  expect(only.of("models").length).toBe(probes);
});
