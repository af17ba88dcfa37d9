// A rolling restart of what deploy/ describes, under load: what the short test of it and the long one have in common.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { DeployedProxy } from "./deployed-proxies.ts";
import { composeEnvironment, type Replica, startReplica } from "./deployment.ts";
import { ALICE } from "./relay-client.ts";
import { type LoadOptions, loadSteadily } from "./steady-load.ts";
import { account, type Behaviours } from "./upstream.ts";

const yaml = `
callers: { tokens: [{ name: alice, token: "\${OPERATOR_TOKEN}" }] }
limits:
  address: none
  in_flight: { caller: none }
  mints: { caller: none, everyone: none }
  tool_calls: { caller: none, everyone: none }
  relays: { caller: none, everyone: none }
relay: { all: { allow: [everyone] } }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [current_time] } }`;

/** An OpenAI that takes its time, so that each stop finds requests in flight. */
const unhurried: Behaviours = {
  chats: async (answer, { body }) => {
    const chunk = { id: "chatcmpl-1", object: "chat.completion.chunk", choices: [] };
    if (JSON.parse(body).stream !== true) {
      await sleep(100);
      answer.writeHead(200, { "content-type": "application/json" });
      answer.end(JSON.stringify({ id: "chatcmpl-1", object: "chat.completion", choices: [], usage }));
      return;
    }
    answer.writeHead(200, { "content-type": "text/event-stream" });
    for (let piece = 0; piece < 5; piece += 1) {
      answer.write(`data: ${JSON.stringify(chunk)}\n\n`);
      await sleep(50);
    }
    answer.write(`data: ${JSON.stringify({ ...chunk, usage })}\n\n`);
    answer.end("data: [DONE]\n\n");
  },
};

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

export interface RollingRestart extends LoadOptions {
  databaseUrl: string;
  redisUrl: string;
  startProxy: (replicas: readonly Replica[]) => Promise<DeployedProxy>;
  /** How often each replica is restarted. */
  rounds: number;
  /** Where the test is in a hurry. */
  env?: Record<string, string>;
}

export interface Outcome {
  sent: number;
  /** What went wrong, and how often. */
  failures: Record<string, number>;
  /** How many chats were sent, and how many reached OpenAI: one that a proxy has sent twice is twice among them. */
  chats: { sent: number; arrived: number };
  /** How many requests the books have. */
  recorded: number;
}

/** Restarts each replica in turn while requests come, and says what became of them. */
export const restartUnderLoad = async (options: RollingRestart): Promise<Outcome> => {
  const { databaseUrl, redisUrl, startProxy, rounds } = options;
  await using openai = await account(unhurried);
  const secrets = mkdtempSync(join(tmpdir(), "broker-secrets-"));
  const env = {
    ...composeEnvironment("broker-1", secrets, {
      openai_api_key: "sk-deployed-0123456789",
      database_url: databaseUrl,
      token_hash_key: "0123456789abcdef0123456789abcdef",
      safety_identifier_salt: "0123456789abcdef",
      operator_token: ALICE,
    }),
    OPENAI_BASE_URL: openai.baseUrl,
    REDIS_URL: redisUrl,
    TRUSTED_PROXIES: "127.0.0.1",
    METRICS_HOST: "127.0.0.1",
    LOG_LEVEL: "warn",
    // A test's machine may stand still, and then requests would be refused rightly.
    LOAD_SHEDDING: "false",
    ...options.env,
  };
  const replicas = [await startReplica(env, yaml), await startReplica(env, yaml)];
  try {
    await using proxy = await startProxy(replicas);
    const load = loadSteadily(proxy.url, proxy.certificate, options);
    await sleep(1000);
    for (let round = 0; round < rounds; round += 1) {
      for (const replica of replicas) {
        await replica.restart();
        await sleep(500);
      }
    }
    const failures = await load.end();
    for (const { process } of replicas) {
      process.signal("SIGTERM");
      await process.exited;
    }
    const recorded = await countRecords(databaseUrl);
    const chats = { sent: load.chats, arrived: openai.of("chats").length };
    return { sent: load.sent, failures, chats, recorded };
  } finally {
    for (const { process } of replicas) await process[Symbol.asyncDispose]();
    rmSync(secrets, { recursive: true });
  }
};

const countRecords = async (databaseUrl: string): Promise<number> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query("select count(*) as records from usage_records");
  await client.end();
  return Number(rows[0].records);
};
