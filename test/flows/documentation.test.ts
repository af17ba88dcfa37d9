// The examples of README and docs/, run as a reader would run them.
import { mkdir, writeFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { systemClock } from "../../server/clock.ts";
import type { Tool } from "../../server/tools/tool.ts";
import { createTestBroker } from "../support/broker.ts";
import { exampleIn } from "../support/documentation.ts";
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

it("rolls the dice of the guide to tools", async () => {
  const source = exampleIn("docs/adding-a-tool.md", "ts").replace("../tool.ts", "../server/tools/tool.ts");
  const folder = new URL("../../test-output/", import.meta.url);
  const file = new URL("roll_dice.ts", folder);
  await mkdir(folder, { recursive: true });
  await writeFile(file, source);
  const { default: dice }: { default: Tool } = await import(file.href);
  const acceptance = dice.accept({ dice: 3 });
  if (!acceptance.accepted) throw new Error("the guide's arguments were refused");
  const caller = { kind: "guest", id: "guest:127.0.0.1" } as const;
  const rolled = await acceptance.run({ signal: AbortSignal.timeout(1000), clock: systemClock, caller });
  expect(rolled).toEqual({ rolled: [expect.any(Number), expect.any(Number), expect.any(Number)] });
  expect(dice.accept({ dice: 21 }).accepted).toBe(false);
});
