// The books under much of everything: three replicas over one Postgres, faults, callers who leave, a killed replica, a stopped database.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { startEmulator } from "../../emulator/emulator.ts";
import { postgresLedger } from "../support/ledger.ts";
import { startPostgres } from "../support/postgres.ts";
import { type ServiceProcess, startProcess } from "../support/process.ts";

const REQUESTS = 50_000;
const AT_ONCE = 32;
const yaml = `
callers: { tokens: [{ name: alice, token: alice-0123456789 }, { name: bob, token: bob-0123456789-bob }] }
limits: { address: none, in_flight: { caller: none }, tool_calls: { caller: none }, relays: { caller: none }, mints: { caller: none } }
relay: { all: { allow: [everyone], models: ["*"] } }`;
const tokens = ["alice-0123456789", "bob-0123456789-bob"];

/** Its tokens are known to the emulator, and to the ledger when the caller stays. */
const PLAIN = "gpt-5-mini";
const LEFT = "gpt-4.1";

const chat = (model: string, stream: boolean) =>
  ["/v1/chat/completions", { model, stream, messages: [{ role: "user", content: "Say hello." }] }] as const;
const kinds = [
  ...[chat(PLAIN, false), chat(PLAIN, false), chat(PLAIN, true), chat(LEFT, true)],
  ["/v1/embeddings", { model: "text-embedding-3-small", input: "hello" }],
  ["/v1/responses", { model: PLAIN, input: "Say hello.", stream: true }],
  ["/convert_units", { value: 1, from: "mile", to: "metre" }],
  ["/ephemeral-key", {}],
  // Refused: no such unit. Of one caller's, a hundred a minute have records, and all are counted.
  ["/convert_units", { value: 1, from: "mile", to: "elephant" }],
] as const;

interface Replica {
  service: ServiceProcess;
  url: string;
  /** When it was killed. */
  killedAt: number;
}

interface Answered {
  at: number;
  replica: Replica;
  isRefused: boolean;
}

it(`has each of ${REQUESTS} requests once`, { timeout: 1_800_000 }, async () => {
  const emulator = await startEmulator({ apiKey: "sk-soak" });
  const postgres = await startPostgres();
  const ledger = await postgresLedger(postgres.url);
  const env = { ...ledger.env, OPENAI_API_KEY: "sk-soak", OPENAI_BASE_URL: emulator.baseUrl };
  const open = async (): Promise<Replica> => {
    const service = startProcess(env, yaml);
    return { service, url: await service.listening(), killedAt: Number.POSITIVE_INFINITY };
  };
  const replicas = await Promise.all([open(), open(), open()]);
  const answered = new Map<string, Answered>();
  let asked = 0;
  /** Requests of `PLAIN` to a replica that was killed, whose end its callers did not see, or saw just before. */
  let unsure = 0;

  const ask = async (index: number): Promise<void> => {
    const replica = replicas[index % replicas.length] as Replica;
    const [path, body] = kinds[index % kinds.length] as (typeof kinds)[number];
    const isPlain = "model" in body && body.model === PLAIN;
    const leaves = "model" in body && body.model === LEFT;
    const left = new AbortController();
    try {
      const answer = await fetch(replica.url + path, {
        method: "POST",
        headers: { authorization: `Bearer ${tokens[index % 2]}`, "content-type": "application/json" },
        body: JSON.stringify(body),
        signal: left.signal,
      });
      const id = answer.headers.get("x-broker-request-id") ?? answer.headers.get("x-request-id") ?? "";
      const isRefused = answer.status >= 400 && answer.status < 500;
      const note = () => void answered.set(id, { at: performance.now(), replica, isRefused });
      if (leaves) {
        await answer.body?.getReader().read();
        left.abort();
        return note();
      }
      await answer.arrayBuffer().then(note, note);
    } catch {
      if (isPlain) unsure += 1;
    }
  };
  const fault = async (): Promise<void> => {
    const faults = [
      { path: "/v1/chat/completions", status: 500 },
      { path: "/v1/chat/completions", status: 429, headers: { "retry-after": "0" } },
      { path: "/v1/responses", status: 400 },
      { path: "/v1/embeddings", cut_after_bytes: 20 },
      { path: "/v1/realtime/client_secrets", status: 503 },
    ];
    for (const each of faults)
      await fetch(new URL("/emulator/faults", emulator.baseUrl), {
        method: "POST",
        body: JSON.stringify(each),
      });
  };
  const caller = async (): Promise<void> => {
    for (let index = asked++; index < REQUESTS; index = asked++) {
      if (index % 500 === 0) await fault();
      await ask(index);
    }
  };
  const killOne = async (): Promise<void> => {
    while (asked < REQUESTS * 0.3) await sleep(20);
    const [, second] = replicas as [Replica, Replica, Replica];
    second.killedAt = performance.now();
    second.service.signal("SIGKILL");
    await second.service.exited;
    replicas[1] = await open();
  };
  const haltPostgres = async (): Promise<void> => {
    while (asked < REQUESTS * 0.6) await sleep(20);
    await postgres.halt();
    await sleep(10_000);
    await postgres.resume();
  };
  const began = performance.now();
  await Promise.all([...Array.from({ length: AT_ONCE }, caller), killOne(), haltPostgres()]);
  const seconds = (performance.now() - began) / 1000;
  for (const { service } of replicas) service.signal("SIGTERM");
  await Promise.all(replicas.map(({ service }) => service.exited));

  const ids = await ledger.ids();
  const known = new Set(ids);
  const isSure = ({ at, replica }: Answered) => at < replica.killedAt - 1000;
  const sure = [...answered].filter(([, each]) => isSure(each) && !each.isRefused);
  for (const each of answered.values()) if (!isSure(each)) unsure += 1;
  expect(sure.filter(([id]) => !known.has(id)).map(([id]) => id)).toEqual([]);
  expect(known.size).toBe(ids.length);
  const refusals = await ledger.database.all(
    `select (select sum(requests) from usage_refusals)
      - (select count(*) from usage_records where problem is not null) as unrecorded`,
  );
  expect(await ledger.counted()).toBe(ids.length + Number(refusals[0]?.unrecorded));

  const [sums] = await ledger.database.all(
    `select sum(answered) as requests, sum(text_in) as input, sum(text_out) as output
       from usage_hours where slice = 'model' and model like $1`,
    [`${PLAIN}%`],
  );
  const billed = await billedFor(emulator.baseUrl);
  const missing = billed.requests - Number(sums?.requests);
  process.stdout.write(
    `${asked - AT_ONCE} requests in ${seconds.toFixed(0)} s, ${ids.length} records, ${sure.length} of ${answered.size} answers sure; ` +
      `${PLAIN}: emulator ${JSON.stringify(billed)}, ledger ${JSON.stringify(sums)}, ${unsure} unsure\n`,
  );
  expect(missing).toBeGreaterThanOrEqual(0);
  expect(missing).toBeLessThanOrEqual(unsure);
  if (missing === 0) expect(sums).toEqual(billed);
  await ledger[Symbol.asyncDispose]();
  await postgres.stop();
  await emulator.close();
});

/** The emulator's own count of `PLAIN`. */
const billedFor = async (baseUrl: string) => {
  const since = Math.floor(Date.now() / 1000) - 86_400;
  const url = `${baseUrl}/organization/usage/completions?start_time=${since}&bucket_width=1d&group_by=model&limit=7`;
  const answer = await fetch(url, { headers: { authorization: "Bearer sk-admin-soak" } });
  const { data } = (await answer.json()) as {
    data: {
      results: { model: string; num_model_requests: number; input_tokens: number; output_tokens: number }[];
    }[];
  };
  const rows = data.flatMap(({ results }) => results).filter(({ model }) => model.startsWith(PLAIN));
  const sum = (field: "num_model_requests" | "input_tokens" | "output_tokens") =>
    rows.reduce((all, row) => all + row[field], 0);
  return { requests: sum("num_model_requests"), input: sum("input_tokens"), output: sum("output_tokens") };
};
