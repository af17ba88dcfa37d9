// The examples of README and docs/, run as a reader would run them.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { expect, it } from "vitest";
import { startEmulator } from "../../emulator/emulator.ts";
import { createTestBroker } from "../support/broker.ts";
import { exampleIn } from "../support/documentation.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { startProcess } from "../support/process.ts";
import { serve } from "../support/server.ts";

const openai = "http://127.0.0.1:9/v1";
const env = { ALICE_TOKEN: "alice-0123456789abcdef", SHOP_TOKEN: "shop-secret" };
const alice = { authorization: `Bearer ${env.ALICE_TOKEN}` };

it("starts with the configuration that the guide shows", async () => {
  const yaml = exampleIn("docs/configuration.md", "yaml", "<!-- example: configuration -->");
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
  const tools = exampleIn("docs/adding-a-tool.md", "yaml", "<!-- example: order_status -->").replace(
    "https://shop.example.com",
    shop.url,
  );
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
  await writeFile(
    join(folder, "tools/roll_dice.ts"),
    exampleIn("docs/adding-a-tool.md", "ts", "<!-- example: roll_dice -->"),
  );
  const yaml = `${exampleIn("docs/adding-a-tool.md", "yaml", "<!-- example: tools_dir -->")}
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

it("hands out a key to the first page's command", async () => {
  await using upstream = await emulateOpenAi();
  const yaml = "callers: { tokens: [{ name: page, token: page-0123456789abcdef }] }";
  await using broker = await createTestBroker({ openai: upstream.baseUrl, yaml });
  const script = exampleIn("docs/start.md", "sh", "<!-- example: ask -->");
  const shell = { PATH: "/usr/bin:/bin", BROKER: broker.url, PAGE_TOKEN: "page-0123456789abcdef" };
  const { stdout } = await promisify(execFile)("bash", ["-euc", script], { env: shell, timeout: 10_000 });
  const answer = JSON.parse(stdout);
  const shown = JSON.parse(exampleIn("docs/start.md", "json", "<!-- not run: an answer -->"));
  expect(answer.value).toMatch(/^ek_/);
  expect(Object.keys(answer)).toEqual(Object.keys(shown));
  expect(Object.keys(answer.session)).toEqual(Object.keys(shown.session));
});

it("answers an MCP client that is written as its guide shows", async () => {
  await using shop = await serve((_, answer) => {
    answer.setHeader("content-type", "application/json").end(JSON.stringify({ status: "sent" }));
  });
  const tools = exampleIn("docs/adding-a-tool.md", "yaml", "<!-- example: order_status -->");
  const yaml = `${tools.replace("https://shop.example.com", shop.url)}
callers: { tokens: [{ name: alice, token: "${env.ALICE_TOKEN}" }] }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [order_status] } }`;
  await using broker = await createTestBroker({ openai, yaml, env });
  const lines = exampleIn("docs/mcp.md", "ts", "<!-- example: client -->")
    .replace(/^import .*\n/, "")
    .replace("https://voice.example.com", broker.url);
  const program = `return (async () => { ${lines}; await client.close(); return { tools, content }; })()`;
  const names = ["Client", "StreamableHTTPClientTransport", "token"];
  const run = new Function(...names, program);
  const seen = await run(Client, StreamableHTTPClientTransport, env.ALICE_TOKEN);
  expect(seen.tools).toMatchObject([{ name: "order_status" }]);
  expect(seen.content).toEqual([{ type: "text", text: "sent" }]);
});

it("takes the script, the fault and the call that the emulator's page shows", async () => {
  const emulator = await startEmulator();
  const send = (method: string, path: string, name: string) => {
    const body = exampleIn("docs/emulator.md", "json", `<!-- example: ${name} -->`);
    const headers = { authorization: "Bearer sk-test" };
    return fetch(new URL(path, emulator.baseUrl), { method, body, headers });
  };
  expect((await send("PUT", "/emulator/script", "script")).ok).toBe(true);
  expect((await send("POST", "/emulator/faults", "fault")).ok).toBe(true);
  const call = await send("POST", "/emulator/calls", "peerless call");
  expect(await call.json()).toMatchObject({ id: expect.stringMatching(/^rtc_/) });
  const mint = await fetch(`${emulator.baseUrl}/realtime/client_secrets`, {
    method: "POST",
    headers: { authorization: "Bearer sk-test", "content-type": "application/json" },
    body: JSON.stringify({ session: { type: "realtime", model: "gpt-realtime-2.1" } }),
  });
  expect([mint.status, mint.headers.get("retry-after")]).toEqual([429, "2"]);
  await emulator.close();
});
