// The examples of README and docs/, run as a reader would run them.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { exampleIn } from "../support/documentation.ts";
import { startProcess } from "../support/process.ts";
import { serve } from "../support/server.ts";

const openai = "http://127.0.0.1:9/v1";
const env = { ALICE_TOKEN: "alice-0123456789abcdef", SHOP_TOKEN: "shop-secret" };
const alice = { authorization: `Bearer ${env.ALICE_TOKEN}` };

it("starts with the README's configuration", async () => {
  const yaml = exampleIn("README.md", "yaml", "<!-- example: configuration -->");
  await using broker = await createTestBroker({ openai, yaml, env });
  const answer = await broker.fetch("/tools", { headers: alice });
  const { tools } = (await answer.json()) as { tools: { name: string }[] };
  expect(tools.map(({ name }) => name).sort()).toEqual(["current_time", "order_status"]);
  expect(broker.warnings).toEqual([]);
});

it("calls the shop as the guide to tools shows it, and keeps the part of the answer it names", async () => {
  const seen: { url: string | undefined; authorization: string | undefined }[] = [];
  await using shop = await serve((request, answer) => {
    seen.push({ url: request.url, authorization: request.headers.authorization });
    answer.setHeader("content-type", "application/json").end(JSON.stringify({ status: "sent", cost: 3 }));
  });
  const tools = exampleIn("docs/adding-a-tool.md", "yaml").replace("https://shop.example.com", shop.url);
  const profile = "{ session: { type: realtime, model: gpt-realtime-2.1 }, tools: [order_status] }";
  const yaml = `${tools}\ncallers: { guests: loopback }\nprofiles: { default: ${profile} }`;
  await using broker = await createTestBroker({ openai, yaml, env });
  const answer = await broker.fetch("/order_status?number=123456");
  expect([answer.status, await answer.text()]).toEqual([200, "sent"]);
  expect(seen).toEqual([{ url: "/api/orders/123456", authorization: "Bearer shop-secret" }]);
});

it("rolls the dice of the guide to tools, in a folder of the operator's", async () => {
  const folder = await mkdtemp(join(tmpdir(), "guide-"));
  await mkdir(join(folder, "tools"));
  await writeFile(join(folder, "tools/roll_dice.ts"), exampleIn("docs/adding-a-tool.md", "ts"));
  const yaml = `${exampleIn("docs/adding-a-tool.md", "yaml", "## In code")}
callers: { tokens: [{ name: alice, token: "${env.ALICE_TOKEN}" }] }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [roll_dice] } }`;
  await writeFile(join(folder, "broker.yaml"), yaml);
  const settings = { OPENAI_API_KEY: "sk-guide-0123456789", DATABASE_URL: "sqlite::memory:" };
  await using service = startProcess({ ...settings, BROKER_CONFIG: join(folder, "broker.yaml") });
  const url = await service.listening();
  const answer = await fetch(`${url}/roll_dice?dice=3`, { headers: alice });
  expect(await answer.json()).toEqual({
    rolled: [expect.any(Number), expect.any(Number), expect.any(Number)],
  });
  expect((await fetch(`${url}/roll_dice?dice=21`, { headers: alice })).status).toBe(422);
  await rm(folder, { recursive: true });
});
