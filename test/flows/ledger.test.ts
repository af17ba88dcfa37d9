// The ledger over a running service: each request of a known caller once, whatever becomes of the service's parts.
import { readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { ledgers, postgresLedger } from "../support/ledger.ts";
import { startPostgres } from "../support/postgres.ts";
import { ALICE, relayYaml } from "../support/relay-client.ts";
import { serve, type TestServer } from "../support/server.ts";
import { until } from "../support/wait.ts";

const authorization = `Bearer ${ALICE}`;
const relay = "{ chats: { allow: [everyone], cache_seconds: 60 } }";

let openai: TestServer;
beforeAll(async () => {
  openai = await serve((asked, answer) => {
    asked.resume();
    asked.on("end", () => {
      if (asked.url?.includes("broken")) return void answer.socket?.destroy();
      const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
      answer.writeHead(200, { "content-type": "application/json" });
      answer.end(JSON.stringify({ id: "chatcmpl-1", model: "gpt-5-2026-01-01", choices: [], usage }));
    });
  });
});
afterAll(() => openai[Symbol.asyncDispose]());

const chatOf = (model: string, content = "hello"): RequestInit => ({
  method: "POST",
  headers: { authorization, "content-type": "application/json" },
  body: JSON.stringify({ model, temperature: 0, messages: [{ role: "user", content }] }),
});

describe.each(ledgers)("%s", (_, openLedger) => {
  const open = async (env: Record<string, string> = {}) => {
    const ledger = await openLedger();
    const broker = await createTestBroker({
      ...{ openai: openai.url, yaml: relayYaml(relay), env: { ...ledger.env, ...env } },
    });
    const close = async () => {
      await broker.stop();
      await ledger[Symbol.asyncDispose]();
    };
    return { ledger, broker, [Symbol.asyncDispose]: close };
  };

  it("has a record of each job of a known caller, and counts what else was refused", async () => {
    await using opened = await open();
    const { ledger, broker } = opened;
    const ask = async (path: string, init?: RequestInit) => {
      const answer = await broker.fetch(path, init);
      await answer.arrayBuffer();
      return answer.headers.get("x-request-id") ?? answer.headers.get("x-broker-request-id");
    };
    const signed = { headers: { authorization } };
    const chat = await ask("/v1/chat/completions", chatOf("gpt-5"));
    const cached = await ask("/v1/chat/completions", chatOf("gpt-5"));
    const tool = await ask("/convert_units?value=1&from=mile&to=metre", signed);
    const wrong = await ask("/convert_units?value=much", signed);
    await ask("/no_such_tool", signed);
    await ask("/tools", signed);
    await ask("/ephemeral-key");
    await ask("/healthz");
    await ledger.has(4);
    const rows = await ledger.database.all("select * from usage_records order by at, request_id");
    expect(rows.map((row) => row.request_id).toSorted()).toEqual([chat, cached, tool, wrong].toSorted());
    const of = (id: string | null) => rows.find((row) => row.request_id === id);
    expect(of(chat)).toMatchObject({
      kind: "relay",
      rule: "chats",
      model: "gpt-5-2026-01-01",
      cache: "miss",
    });
    expect(of(cached)).toMatchObject({ cache: "hit", cost_nano_usd: 0, caller: "token:alice" });
    expect(of(tool)).toMatchObject({
      kind: "tool-call",
      tool: "convert_units",
      status: 200,
      cost_nano_usd: 0,
    });
    expect(of(wrong)).toMatchObject({ status: 422, problem: "arguments-invalid" });
    expect(await ledger.counted()).toBe(4);
    await until("both refusals are counted", async () => {
      const found = await ledger.database.all(
        "select problem, caller, requests from usage_refusals order by 1",
      );
      return (
        JSON.stringify(found.map(({ problem, caller, requests }) => [problem, caller, requests])) ===
        '[["arguments-invalid","token:alice",1],["credentials-missing","",1],["not-found","token:alice",1]]'
      );
    });
  });

  it("has written everything when it stops, and leaves no files", async () => {
    await using opened = await open();
    const { ledger, broker } = opened;
    await Promise.all(
      Array.from({ length: 50 }, (_each, index) =>
        broker.fetch("/v1/chat/completions", chatOf("gpt-5", `${index}`)),
      ),
    );
    await broker.stop();
    expect(await ledger.ids()).toHaveLength(50);
    expect(await ledger.counted()).toBe(50);
    expect(readdirSync(ledger.journal)).toEqual([]);
    expect(await ledger.database.all("select * from usage_segments")).toEqual([]);
  });

  it("takes what callers and OpenAI put into names, and goes on", async () => {
    await using opened = await open();
    const { ledger, broker } = opened;
    const models = [
      "\u0000",
      "\ud800",
      "x".repeat(10_000),
      "naïve 🎈",
      "'; drop table users; --",
      "\u001b[2J",
    ];
    for (const [index, model] of models.entries()) {
      await (await broker.fetch("/v1/chat/completions", chatOf(model, `${index}`))).arrayBuffer();
    }
    await ledger.has(models.length);
    expect(await ledger.counted()).toBe(models.length);
  });

  it("keeps no books where the operator wants none", async () => {
    await using opened = await open({ USAGE: "false" });
    const { ledger, broker } = opened;
    await (
      await broker.fetch("/convert_units?value=1&from=mile&to=metre", { headers: { authorization } })
    ).text();
    await broker.stop();
    expect(await ledger.ids()).toEqual([]);
  });

  it("waits in memory while its folder cannot be written, tells it, and then writes everything", async () => {
    await using opened = await open();
    const { ledger, broker } = opened;
    const [name = ""] = readdirSync(ledger.journal);
    const folder = `${ledger.journal}/${name}`;
    renameSync(folder, `${folder}.away`);
    writeFileSync(folder, "no folder");
    const call = () =>
      broker.fetch("/convert_units?value=1&from=mile&to=metre", { headers: { authorization } });
    for (let index = 0; index < 5; index += 1) expect((await call()).status).toBe(200);
    await until("the log tells it", () => broker.logs.some(({ msg }) => msg === "ledger-journal-failing"));
    expect(await ledger.ids()).toEqual([]);
    rmSync(folder);
    renameSync(`${folder}.away`, folder);
    await ledger.has(5);
    expect(await ledger.counted()).toBe(5);
  });

  it("goes on in a new folder where another program has removed its own", async () => {
    await using opened = await open();
    const { ledger, broker } = opened;
    const call = () =>
      broker.fetch("/convert_units?value=1&from=mile&to=metre", { headers: { authorization } });
    await call();
    await ledger.has(1);
    rmSync(ledger.journal, { recursive: true });
    await call();
    await ledger.has(2);
  });
});

it("waits while Postgres is away, answers meanwhile, and then writes everything once", async () => {
  const server = await startPostgres();
  await using ledger = await postgresLedger(server.url);
  const broker = await createTestBroker({ openai: openai.url, yaml: relayYaml(relay), env: ledger.env });
  try {
    const call = () =>
      broker.fetch("/convert_units?value=1&from=mile&to=metre", { headers: { authorization } });
    await call();
    await ledger.has(1);
    await server.halt();
    for (let index = 0; index < 20; index += 1) expect((await call()).status).toBe(200);
    await until("the log tells it", () => broker.logs.some(({ msg }) => msg === "ledger-database-failing"));
    await server.resume();
    for (let index = 0; index < 20; index += 1) await call();
    await ledger.has(41);
    expect(await ledger.counted()).toBe(41);
    expect(broker.logs.some(({ msg }) => msg === "ledger-database-back")).toBe(true);
  } finally {
    await broker.stop();
  }
  await server.stop();
});
