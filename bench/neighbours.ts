// What one caller's misbehaviour costs another: mints, chats and tool calls at a constant rate, in peace and beside it.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { abusedYaml } from "../test/support/abuse.ts";
import { startBackend } from "../test/support/backend.ts";
import { apart } from "./apart.ts";
import { plainQuestion } from "./chat.ts";
import type { Pace, Pacing } from "./paced.ts";
import { print, printPaced, printTarget } from "./print.ts";
import { start } from "./program.ts";
import { startProgram } from "./service.ts";

const PER_SECOND = 50;
const ROUNDS = 6;

/** Measures and prints this section. */
export const measureNeighbours = async (): Promise<void> => {
  const openai = await start("misbehaving.ts");
  await using backend = await startBackend((response, { url }) => {
    if (url === "/broken") response.destroy();
  });
  const config = join(mkdtempSync(join(tmpdir(), "bench-broker-")), "broker.yaml");
  writeFileSync(config, abusedYaml(backend.url));
  const env = { BROKER_CONFIG: config, DATABASE_URL: "sqlite::memory:" };
  const service = await startProgram(openai.url, env);
  const sent = { tokens: ["other-0123456789abcdef"] };
  const chat = {
    method: "POST" as const,
    headers: { "content-type": "application/json" },
    body: plainQuestion,
  };
  const ways = [
    { ...sent, ...chat, name: "chat, OpenAI asked directly", url: `${openai.url}/v1/chat/completions` },
    { ...sent, name: "mint", url: `${service.url}/ephemeral-key` },
    { ...sent, ...chat, name: "chat", url: `${service.url}/v1/chat/completions` },
    { ...sent, name: "tool call", url: `${service.url}/current_time?time_zone=UTC` },
  ];
  // A round of each to warm up, and the others.
  const seconds = (ROUNDS + 1) * ways.length;
  const pacing: Pacing = { ways, perSecond: PER_SECOND, rounds: ROUNDS, seconds: 1 };
  const calm = await apart<Pace[]>("./pacer.ts", pacing);
  const victim = { url: service.url, token: "abuser-0123456789abcdef" };
  const abusing = apart<number>("./abuser.ts", { victim, abusing: { perSecond: PER_SECOND, seconds } });
  const beside = await apart<Pace[]>("./pacer.ts", pacing);
  const residentMiB = service.residentMiB();
  const abused = await abusing;
  await service.stop();
  await openai.stop();

  const rows = (paces: readonly Pace[]) =>
    paces.map(({ p50, p99, failed }, index) => ({
      name: ways[index]?.name ?? "",
      p50: p50 ?? Number.NaN,
      p99: p99 ?? Number.NaN,
      failed,
    }));
  printPaced(`One caller at ${PER_SECOND} req/s, in peace`, rows(calm));
  printPaced("And beside one who misbehaves", rows(beside));
  print(`${abused} requests of ${seconds} s of abuse; the service took ${residentMiB.toFixed(0)} MiB.`);
  const through = beside.slice(1);
  const worst = Math.max(...through.map(({ p99 }) => p99 ?? Number.POSITIVE_INFINITY));
  const failed = through.reduce((sum, pace) => sum + pace.failed, 0);
  printTarget("Beside the abuse, worst p99", `${worst.toFixed(1)} ms`, "< 50 ms", worst < 50 && failed === 0);
  printTarget("Beside the abuse, failed requests", String(failed), "0", failed === 0);
};
