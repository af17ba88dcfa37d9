// A service that is killed loses nothing that was answered more than a second before, and counts nothing twice.
import { appendFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ledgers, type TestLedger } from "../support/ledger.ts";
import { startProcess } from "../support/process.ts";
import { ALICE } from "../support/relay-client.ts";
import { until } from "../support/wait.ts";

const yaml = `
callers: { tokens: [{ name: alice, token: ${ALICE} }] }
limits: { address: none, in_flight: { caller: none }, tool_calls: { caller: none } }`;
const headers = { authorization: `Bearer ${ALICE}` };

const start = ({ env }: TestLedger) =>
  startProcess({ OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: "http://127.0.0.1:9/v1", ...env }, yaml);

interface Load {
  /** When each request was answered, in that order. */
  answered: ReadonlyMap<string, number>;
  /** Resolves when the service is gone. */
  ended: Promise<unknown>;
}

/** Calls a tool again and again until the service is gone. */
const load = (url: string): Load => {
  const answered = new Map<string, number>();
  const callOn = async (): Promise<void> => {
    for (;;) {
      const answer = await fetch(`${url}/convert_units?value=1&from=mile&to=metre`, { headers });
      await answer.text();
      expect(answer.status).toBe(200);
      answered.set(answer.headers.get("x-request-id") ?? "", performance.now());
    }
  };
  const ended = Promise.all(Array.from({ length: 8 }, () => callOn().catch(ignoreEnd)));
  return { answered, ended };
};

/** Longer without an answer, a service under this load had no processor: that time does not count. */
const STALLED_MS = 100;

/** A second, and as much again for a slow machine's disk. */
const SURE_MS = 2000;

/** What was answered more than a second before, of the time in which the service ran. */
const sureOf = (answered: ReadonlyMap<string, number>, killedAt: number): string[] => {
  const sure: string[] = [];
  let [ranMs, later] = [0, killedAt];
  for (const [id, at] of [...answered].reverse()) {
    ranMs += Math.min(later - at, STALLED_MS);
    later = at;
    if (ranMs > SURE_MS) sure.push(id);
  }
  return sure;
};

const ignoreEnd = (error: unknown): void => {
  // What fetch throws when the service is gone.
  if (!(error instanceof TypeError)) throw error;
};

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".jsonl"))
    .map((path) => join(folder, path));

describe.each(ledgers)("%s", (_, open) => {
  it("has all that was answered more than a second before, once, after the next start", async () => {
    await using ledger = await open();
    const first = start(ledger);
    const url = await first.listening();
    const { answered, ended } = load(url);
    // By then some is in the database, some in files and some in memory.
    await sleep(4000);
    await until("enough is answered", () => sureOf(answered, performance.now()).length > 100);
    const killedAt = performance.now();
    first.signal("SIGKILL");
    await first.exited;
    await ended;
    const sure = sureOf(answered, killedAt);
    const [left = ""] = filesIn(ledger.journal);
    // As a process leaves it that is killed while it writes, or a disk that was full.
    appendFileSync(left, '{"record":{"requestId":"torn');

    await using second = start(ledger);
    await second.listening();
    await until("the files are gone", () => filesIn(ledger.journal).length === 0);
    const ids = await ledger.ids();
    expect(sure.filter((id) => !ids.includes(id))).toEqual([]);
    expect(await ledger.counted()).toBe(ids.length);
    expect(ids.length).toBeLessThanOrEqual(answered.size + 8);
    second.signal("SIGTERM");
    expect(await second.exited).toBe(0);
    expect(second.output).toContain('"msg":"ledger-records-lost"');
    expect(second.output).toContain('"reason":"unreadable","records":1');
    expect(readdirSync(ledger.journal)).toEqual([]);
  });
});

it("writes what it has when it is asked to stop", async () => {
  const [, open] = ledgers[0];
  await using ledger = await open();
  await using service = start(ledger);
  const { answered, ended } = load(await service.listening());
  await until("some is answered", () => answered.size > 100);
  service.signal("SIGTERM");
  expect(await service.exited).toBe(0);
  await ended;
  const ids = await ledger.ids();
  expect([...answered.keys()].filter((id) => !ids.includes(id))).toEqual([]);
  expect(await ledger.counted()).toBe(ids.length);
});
