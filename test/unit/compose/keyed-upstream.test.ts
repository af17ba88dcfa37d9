// The upstream over configured keys ends in the right order.
import { expect, it } from "vitest";
import { openKeyedUpstream } from "../../../server/compose/keyed-upstream.ts";
import { openStore } from "../../../server/compose/store.ts";
import { createDisposal } from "../../../server/disposal.ts";
import { prometheusMetrics } from "../../../server/observe/metrics.prom.ts";
import { systemRandom } from "../../../server/random.ts";
import { configOf } from "../../support/configuration.ts";
import { fakeOpenAi } from "../../support/fake-openai.ts";
import { createTestTime } from "../../support/time.ts";

it("looks for rotated keys no more when it closes, though a request is still in flight", async () => {
  const arrived = Promise.withResolvers<void>();
  await using openai = await fakeOpenAi(() => arrived.resolve());
  const env = { OPENAI_API_KEY: "sk-a", OPENAI_BASE_URL: openai.baseUrl, DATABASE_URL: "sqlite::memory:" };
  const config = configOf("callers: { guests: loopback }", env);
  const log = { write: () => {} };
  const opened = await openStore(config.settings, log);
  let looks = 0;
  const all: typeof opened.database.all = (...query) => {
    looks += 1;
    return opened.database.all(...query);
  };
  const store = { ...opened, database: { ...opened.database, all } };
  const time = createTestTime();
  const ports = {
    store,
    sealing: undefined,
    ...time,
    random: systemRandom,
    log,
    metrics: prometheusMetrics(),
  };
  const stack = createDisposal();
  const given = { ...ports, audit: { keyRotation: () => {} }, connect: () => undefined };
  const upstream = await openKeyedUpstream(config, () => config.settings, given, stack);
  const leaving = new AbortController();
  const request = { model: "omni-moderation-latest", input: ["?"], callerId: "user:a", timeoutMs: 60_000 };
  const moderation = upstream.moderate({ ...request, signal: leaving.signal }).catch(() => "left");
  await arrived.promise;
  await time.pass(60_000);
  const before = looks;
  expect(before).toBeGreaterThan(1);
  const closed = stack.disposeAsync();
  await time.pass(60_000);
  expect(looks).toBe(before);
  leaving.abort();
  expect(await moderation).toBe("left");
  await closed;
  expect(time.pending()).toBe(0);
  await opened.close();
});
