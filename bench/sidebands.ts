// Thousands of supervised sessions on one replica: processor time, memory of each, and how soon the service answers an event.
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import { heapReport } from "./in-flight.ts";
import type { Lengths } from "./lengths.ts";
import { print, printRow } from "./print.ts";
import { type Program, start } from "./program.ts";
import { printBelow } from "./targets.ts";
import { askForKey, connectCall, startVoiceService } from "./voice-service.ts";
import type { PaceRequest, PaceResult } from "./voice-upstream.ts";

/** One session in so many is of GPT-Live, whose sidebands get copies of all audio. */
const SESSIONS_TO_A_LIVE = 10;
const EVENTS_PER_SECOND = 20;
/** Pages that connect at the same time. */
const CONNECTING = 16;
/** Sessions before the first figure: code is compiled, lists have grown. */
const WARM_UP_SESSIONS = 200;
const SETTLE_MS = 3000;

/** Seconds until all are joined. */
export const connectAll = async (service: Program, count: number): Promise<number> => {
  const dispatcher = new Agent({ connections: CONNECTING });
  let begun = 0;
  const connectSome = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      const profile = begun % SESSIONS_TO_A_LIVE === 0 ? "live" : "voice";
      const ticket = await askForKey(service.url, profile, dispatcher);
      await connectCall(service.url, ticket, dispatcher, profile);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: CONNECTING }, connectSome));
  const took = (performance.now() - began) / 1000;
  await dispatcher.close();
  return took;
};

/** Has the upstream send events in every session for so long. */
export const pace = async (upstream: Program, seconds: number): Promise<PaceResult> => {
  const asked: PaceRequest = { eventsPerSecond: EVENTS_PER_SECOND, seconds };
  const { body } = await request(`${upstream.url}/bench/pace`, {
    method: "POST",
    body: JSON.stringify(asked),
    headersTimeout: 0,
  });
  return (await body.json()) as PaceResult;
};

/** Ends all sessions at OpenAI, and waits until the service has noticed. */
const endAll = async (upstream: Program): Promise<void> => {
  await request(`${upstream.url}/bench/end`, { method: "POST" });
  await sleep(SETTLE_MS);
};

/** Brings a service to the speed that it has later. */
export const warmUp = async (service: Program, upstream: Program, seconds: number): Promise<void> => {
  await connectAll(service, WARM_UP_SESSIONS);
  await pace(upstream, seconds);
  await endAll(upstream);
};

/** Measures and prints this part. */
export const measureSidebands = async (lengths: Lengths): Promise<void> => {
  const { voiceSessions: count, voiceSeconds, warmUpSeconds } = lengths;
  const upstream = await start("voice-upstream.ts");
  const { env, bytesOf, remove } = heapReport();
  const service = await startVoiceService(upstream, env);
  await warmUp(service, upstream, warmUpSeconds);
  // Before the collection, after which V8 gives memory back that it takes again under load.
  const residentBefore = service.residentMiB();
  const heapBefore = await bytesOf(service);
  const connecting = await connectAll(service, count);
  const residentIdle = service.residentMiB();
  const cpuBefore = [service.cpuSeconds(), upstream.cpuSeconds()];
  const began = performance.now();
  const result = await pace(upstream, voiceSeconds);
  const took = (performance.now() - began) / 1000;
  const cpu = [service, upstream].map((program, index) => program.cpuSeconds() - (cpuBefore[index] ?? 0));
  const [serviceCpu = 0, upstreamCpu = 0] = cpu;
  const residentBusy = service.residentMiB();
  const heapAfter = await bytesOf(service);
  await service.stop();
  await upstream.stop();
  remove();

  const kbEach = (mebibytes: number) => (mebibytes * 1.048576 * 1000) / count;
  const percent = (seconds: number) => `${((100 * seconds) / took).toFixed(0)} %`;
  print(
    `\n${count} sessions, ${count / SESSIONS_TO_A_LIVE} of them GPT-Live with audio copies both ways; ${EVENTS_PER_SECOND} events a second each, for ${voiceSeconds} s.`,
  );
  printRow("Seconds until all were joined", connecting.toFixed(1));
  printRow("Events a second, of all", (result.events / result.seconds).toFixed(0));
  printRow("MB a second", (result.bytes / result.seconds / 1e6).toFixed(1));
  printRow("Service, of one core", percent(serviceCpu));
  printRow("Service, us an event", ((serviceCpu * 1e6) / result.events).toFixed(1));
  printRow("Upstream, of one core", percent(upstreamCpu));
  printRow("Upstream's timers late, p99 ms", result.ownLateP99.toFixed(1));
  printRow("Answers of tools", String(result.answers), `p50 ${result.p50.toFixed(1)} ms`);
  printRow("Resident KB each, joined and idle", kbEach(residentIdle - residentBefore).toFixed(1));
  printRow("Heap KB each after a collection", ((heapAfter - heapBefore) / 1000 / count).toFixed(1));
  print();
  const isAnswered = result.answers > 0 && result.unanswered === 0;
  const all = { holds: result.open === count };
  printBelow("Event delay, p99", result.p99, "ms", 50, { digits: 1, holds: isAnswered });
  printBelow("Resident memory of each", kbEach(residentBusy - residentBefore), "KB", 60, {
    digits: 1,
    ...all,
  });
  print(
    `${result.open} of ${count} sidebands were open at the end; ${result.unanswered} calls without an answer.`,
  );
};
