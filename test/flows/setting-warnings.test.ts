// What the log tells an operator whose page or proxy is not configured.
import { expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";

const openai = "http://127.0.0.1:9/v1";
const warnings = (logs: readonly Record<string, unknown>[]) => logs.filter(({ level }) => level === "warn");

it("a page of an origin that is not configured is named once, however often it asks", async () => {
  await using broker = await createTestBroker({ openai });
  for (let time = 0; time < 3; time += 1) {
    await broker.fetch("/tools", { headers: { origin: "https://shop.example" } });
  }
  expect(warnings(broker.logs)).toEqual([
    expect.objectContaining({
      msg: "origin-refused",
      origin: "https://shop.example",
      setting: "cors.origins",
    }),
  ]);
});

it("a proxy that is not configured is named by its address, where the log may have addresses", async () => {
  const env = { LOG_ADDRESSES: "plain" };
  await using broker = await createTestBroker({ openai, env });
  await broker.fetch("/healthz", { headers: { "x-forwarded-for": "192.0.2.1" } });
  expect(warnings(broker.logs)).toMatchObject([
    { msg: "proxy-unknown", peer: "127.0.0.1", header: "x-forwarded-for", setting: "TRUSTED_PROXIES" },
  ]);
  await using configured = await createTestBroker({ openai, env: { ...env, TRUSTED_PROXIES: "127.0.0.1" } });
  await configured.fetch("/healthz", { headers: { "x-forwarded-for": "192.0.2.1" } });
  expect(warnings(configured.logs)).toEqual([]);
});

it("the service's own page behind TLS is no other page", async () => {
  const yaml = "callers: { guests: loopback }\ncors: { origins: [https://shop.example] }";
  await using broker = await createTestBroker({ openai, yaml });
  const { host } = new URL(broker.url);
  for (const origin of [`https://${host}`, broker.url, "https://shop.example"]) {
    await broker.fetch("/healthz", { headers: { origin } });
  }
  expect(warnings(broker.logs)).toEqual([]);
});
