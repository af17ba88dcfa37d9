// What the misbehaviour of others costs a caller: requests at a constant rate, alone and beside an abuser; then memory after
// requests from hundreds of thousands of client addresses.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { abusedYaml } from "../test/support/abuse.ts";
import { startBackend } from "../test/support/backend.ts";
import { sendFromManyAddresses } from "./addresses.ts";
import { plainRequest } from "./chat.ts";
import { runInProcess } from "./child-process.ts";
import { type ConstantRateJob, type ConstantRateResult, type Latency, latenciesOf } from "./constant-rate.ts";
import type { Lengths } from "./lengths.ts";
import { print, printLatencies } from "./print.ts";
import { start } from "./program.ts";
import { jwks, startProgram, startService } from "./service.ts";
import { printBelow } from "./targets.ts";

const PER_SECOND = 50;

const measureBesideAbuse = async ({
  constantRateRounds: rounds,
}: Lengths): Promise<{ alone: Latency[]; beside: Latency[] }> => {
  const openai = await start("misbehaving.ts");
  await using backend = await startBackend((response, { url }) => {
    if (url === "/broken") response.destroy();
  });
  const config = join(mkdtempSync(join(tmpdir(), "bench-broker-")), "broker.yaml");
  writeFileSync(config, abusedYaml(backend.url));
  const env = { BROKER_CONFIG: config, DATABASE_URL: "sqlite::memory:" };
  const service = await startProgram(openai.url, env);
  const caller = { tokens: ["other-0123456789abcdef"] };
  const chat = {
    method: "POST" as const,
    headers: { "content-type": "application/json" },
    body: plainRequest,
  };
  const templates = [
    { ...caller, ...chat, name: "chat, OpenAI asked directly", url: `${openai.url}/v1/chat/completions` },
    { ...caller, name: "mint", url: `${service.url}/ephemeral-key` },
    { ...caller, ...chat, name: "chat", url: `${service.url}/v1/chat/completions` },
    { ...caller, name: "tool call", url: `${service.url}/current_time?time_zone=UTC` },
  ];
  const job: ConstantRateJob = { templates, perSecond: PER_SECOND, rounds, seconds: 1 };
  const send = () => runInProcess<ConstantRateResult[]>("./constant-rate-load.ts", job);
  const alone = await send();
  const victim = { url: service.url, token: "abuser-0123456789abcdef" };
  // As long as the rounds and the one before them that warms up.
  const seconds = (rounds + 1) * templates.length;
  const abuse = runInProcess<number>("./abuser.ts", { victim, abusing: { perSecond: PER_SECOND, seconds } });
  const beside = await send();
  const residentMiB = service.residentMiB();
  const abusive = await abuse;
  await service.stop();
  await openai.stop();
  print(
    `${abusive} abusive requests in ${seconds} s; the service's resident memory then: ${residentMiB.toFixed(0)} MiB.`,
  );
  return { alone: latenciesOf(templates, alone), beside: latenciesOf(templates, beside) };
};

const measureManyAddresses = async (lengths: Lengths): Promise<number> => {
  const upstream = await start("upstream.ts", [jwks]);
  const service = await startService(upstream.url, { TRUSTED_PROXIES: "127.0.0.1" });
  const mostMiB = await sendFromManyAddresses(service, lengths);
  await service.stop();
  await upstream.stop();
  return mostMiB;
};

/** Measures and prints this section. */
export const measureNeighbours = async (lengths: Lengths): Promise<void> => {
  const { alone, beside } = await measureBesideAbuse(lengths);
  const mostMiB = await measureManyAddresses(lengths);

  printLatencies(`One caller at ${PER_SECOND} req/s, alone`, alone);
  printLatencies("The same beside an abuser", beside);
  print();
  const ofService = beside.slice(1);
  const worst = Math.max(...ofService.map(({ p99 }) => p99));
  const failed = ofService.reduce((sum, row) => sum + row.failed, 0);
  printBelow("Beside an abuser, worst p99", worst, "ms", 50, { digits: 1, holds: failed === 0 });
  printBelow("Beside an abuser, failed requests", failed, "requests", 1);
  printBelow(`Memory after ${lengths.addresses} addresses`, mostMiB, "MiB", 200);
};
