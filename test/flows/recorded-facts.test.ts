// What the books have of requests that say more than usual: teams, tags, attempts, answers that broke off, reports of pages.
import { describe, expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { fakeOpenAi } from "../support/fake-openai.ts";
import { ledgers } from "../support/ledger.ts";
import { openRaw } from "../support/raw-connection.ts";
import { ALICE } from "../support/relay-client.ts";
import { until } from "../support/wait.ts";

const json = { authorization: `Bearer ${ALICE}`, "content-type": "application/json" };
const usage = { prompt_tokens: 3, completion_tokens: 2, prompt_tokens_details: { audio_tokens: 1 } };

describe.each(ledgers)("%s", (_, openLedger) => {
  const open = async () => {
    const ledger = await openLedger();
    const openai = await fakeOpenAi((answer, { body }) => {
      if (body.includes('"stream":true')) {
        answer.writeHead(200, { "content-type": "text/event-stream" });
        answer.write('data: {"choices":[{"index":0,"delta":{"content":"begun"}}]}\n\n');
      } else {
        answer.writeHead(200, { "content-type": "application/json" });
        answer.end(JSON.stringify({ model: "gpt-5-mini", choices: [], usage }));
      }
    });
    const yaml = `
callers: { tokens: [{ name: alice, token: ${ALICE}, team: care }] }
upstream_keys:
  - { name: away, secret: sk-away, base_url: "http://127.0.0.1:9/v1", priority: 2 }
  - { name: here, secret: sk-here, base_url: "${openai.baseUrl}" }
relay: { all: { allow: [everyone] } }`;
    const env = { ...ledger.env, OPENAI_API_KEY: "" };
    const broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml, env });
    return {
      ...{ ledger, broker },
      record: async () => {
        await ledger.has(1);
        const [row] = await ledger.database.all("select * from usage_records");
        return { ...row, story: JSON.parse(String(row?.story)), tags: JSON.parse(String(row?.tags)) };
      },
      [Symbol.asyncDispose]: async () => {
        await broker.stop();
        await openai[Symbol.asyncDispose]();
        await ledger[Symbol.asyncDispose]();
      },
    };
  };

  it("a relayed request has its team, tags, kinds of tokens and attempts", async () => {
    await using at = await open();
    const body = '{"model":"gpt-5-mini","messages":[],"metadata":{"tags":["a"]}}';
    const headers = { ...json, "x-broker-tags": "web" };
    await at.broker.fetch("/v1/chat/completions", { method: "POST", headers, body });
    expect(await at.record()).toMatchObject({
      ...{ kind: "relay", source: "metered", caller: "token:alice", team: "care", tags: ["web", "a"] },
      ...{ upstream_key: "here", model: "gpt-5-mini", text_in: 2, audio_in: 1, text_out: 2, aborted: 0 },
      story: {
        attempts: [
          { key: "away", outcome: "failed: connection" },
          { key: "here", outcome: "answered" },
        ],
      },
    });
  });

  it("a chat's stream whose caller left has used nothing that is known, and is marked so", async () => {
    await using at = await open();
    const body = '{"model":"gpt-5-mini","messages":[],"stream":true}';
    const connection = await openRaw(at.broker.url);
    const fields = Object.entries({ host: "a", ...json, "content-length": body.length });
    const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    connection.write(`POST /v1/chat/completions HTTP/1.1\r\n${head}\r\n${body}`);
    await until("the answer has begun", () => connection.received.includes("begun"));
    connection.reset();
    expect(await at.record()).toMatchObject({
      ...{ kind: "relay", model: "gpt-5-mini", status: 200, aborted: 1, text_in: 0, text_out: 0 },
      ...{ cost_nano_usd: null, story: { cause: "the caller left" } },
    });
  });

  it("a page's report is kept apart from what was measured, with its price", async () => {
    await using at = await open();
    const told = {
      input_tokens: 100,
      output_tokens: 50,
      input_token_details: { text_tokens: 20, audio_tokens: 80, cached_tokens: 10 },
      output_token_details: { text_tokens: 10, audio_tokens: 40 },
    };
    const body = JSON.stringify({ session: "sess_1", model: "gpt-realtime-2.1", usage: [told, told] });
    const answer = await at.broker.fetch("/usage/reports", { method: "POST", headers: json, body });
    expect(answer.status).toBe(204);
    const record = await at.record();
    expect(record).toMatchObject({
      ...{ kind: "report", source: "reported", caller: "token:alice", team: "care", profile: "default" },
      ...{
        model: "gpt-realtime-2.1",
        text_in: 20,
        text_cached: 20,
        audio_in: 160,
        text_out: 20,
        audio_out: 80,
      },
      story: { session: "sess_1" },
    });
    expect(Number((record as { cost_nano_usd?: unknown }).cost_nano_usd)).toBeGreaterThan(0);
  });
});
