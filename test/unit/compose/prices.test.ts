// What the operator learns of models without a price.
import { expect, it } from "vitest";
import { pricePolicy } from "../../../server/compose/prices.ts";
import { loadConfig } from "../../../server/config/load.ts";

const policyOf = (yaml: string, logged: unknown[]) => {
  const env = {
    OPENAI_API_KEY: "sk-x",
    OPENAI_BASE_URL: "https://eu.api.openai.com/v1",
    BROKER_CONFIG: "b.yaml",
  };
  const config = loadConfig(env, () => `callers: { guests: loopback }\n${yaml}`);
  const log = { write: (_: string, msg: string, fields?: object) => logged.push({ msg, ...fields }) };
  return pricePolicy(config, { clock: { now: () => Date.parse("2026-11-21") }, log });
};

const answer = (model: string) => ({
  ...{ method: "POST", path: "/v1/responses", status: 200, cache: undefined, countsUsage: true },
  ...{ model, answeredModel: undefined, serviceTier: undefined, upstreamKey: "default" },
  usage: { input_tokens: 1_000_000, output_tokens: 0 },
});

it("the log names a model without a price once, and not more of them than an operator can read", () => {
  const logged: unknown[] = [];
  const { spentOn } = policyOf("", logged);
  for (let round = 0; round < 2; round += 1) {
    for (let index = 0; index < 300; index += 1) spentOn(answer(`invented-${index}-${"x".repeat(500)}`));
  }
  expect(logged).toHaveLength(100);
  expect(logged[0]).toMatchObject({
    msg: "price-unknown",
    model: expect.stringMatching(/^invented-0-x{89}$/),
  });
});

it("prices are those of broker.yaml, in the region of the key", () => {
  const { spentOn } = policyOf("prices: { models: { gpt-5.4: { text_in: 2, regional: 1.5 } } }", []);
  expect(spentOn(answer("gpt-5.4"))?.costNanoUsd).toBe(3e9);
  expect(spentOn(answer("gpt-6-luna"))?.costNanoUsd).toBe(220_000_000);
});
