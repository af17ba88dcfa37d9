// A slow upstream and 600 requests in flight: processor time and memory of each request, against the bare relay.
import { plainRequest } from "./chat.ts";
import { heapReport, type InFlightMemory, measureInFlight } from "./in-flight.ts";
import type { Lengths } from "./lengths.ts";
import { load, median, type Target } from "./measure.ts";
import { startBareRelay } from "./peers.ts";
import { print, printRow } from "./print.ts";
import { start } from "./program.ts";
import { chatTargets } from "./relay.ts";
import { callerTokens, jwks, SERVICE, startService } from "./service.ts";
import { printBelow } from "./targets.ts";

const IN_FLIGHT = 600;
const DELAY_MS = "150";
/** Long enough to look at the heap while every request waits. */
const HELD_MS = "4000";
const ROUNDS = 3;
const BARE = "bare node:http relay";

interface Cost {
  name: string;
  cpuMicroseconds: number;
  perSecond: number;
  residentMiB: number;
  failed: number;
}

/** Processor time of the program's threads and child processes, divided by the requests answered. */
const costOfRound = async (target: Target, requests: number): Promise<Cost> => {
  const before = target.program.cpuSeconds();
  const { answered, failed, perSecond } = await load(target, { requests, connections: IN_FLIGHT });
  const cpuMicroseconds = ((target.program.cpuSeconds() - before) * 1e6) / answered;
  return { name: target.name, cpuMicroseconds, perSecond, failed, residentMiB: target.program.residentMiB() };
};

const measureCpu = async ({ slowRequests }: Lengths): Promise<Cost[]> => {
  const upstream = await start("upstream.ts", [jwks], { DELAY_MS });
  const tokens = callerTokens();
  const relays = [
    { name: SERVICE, program: await startService(upstream.url), tokens },
    { name: BARE, program: await startBareRelay(upstream.url), tokens },
  ];
  const targets = chatTargets(relays, plainRequest);
  const rounds = targets.map((): Cost[] => []);
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [index, target] of targets.entries()) {
      const cost = await costOfRound(target, slowRequests);
      if (round > 0) rounds[index]?.push(cost);
    }
  }
  for (const { program } of [...relays, { program: upstream }]) await program.stop();
  return rounds.map((costs) => ({
    name: costs[0]?.name ?? "",
    cpuMicroseconds: median(costs.map((cost) => cost.cpuMicroseconds)),
    perSecond: median(costs.map((cost) => cost.perSecond)),
    residentMiB: Math.max(...costs.map((cost) => cost.residentMiB)),
    failed: costs.reduce((sum, cost) => sum + cost.failed, 0),
  }));
};

const measureMemory = async (): Promise<InFlightMemory[]> => {
  const upstream = await start("upstream.ts", [jwks], { DELAY_MS: HELD_MS });
  const { env, bytesOf, remove } = heapReport();
  const tokens = callerTokens();
  const relays = [
    { name: SERVICE, program: await startService(upstream.url, env), tokens },
    { name: BARE, program: await startBareRelay(upstream.url, env), tokens },
  ];
  const memory: InFlightMemory[] = [];
  for (const target of chatTargets(relays, plainRequest)) {
    memory.push(await measureInFlight(target, IN_FLIGHT, bytesOf));
  }
  for (const { program } of [...relays, { program: upstream }]) await program.stop();
  remove();
  return memory;
};

/** Measures and prints this section. */
export const measureSlow = async (lengths: Lengths): Promise<void> => {
  const costs = await measureCpu(lengths);
  const memory = await measureMemory();

  print();
  printRow(`${IN_FLIGHT} in flight, ${DELAY_MS} ms upstream`, "CPU us", "req/s", "MiB", "failed");
  for (const { name, cpuMicroseconds, perSecond, residentMiB, failed } of costs) {
    printRow(name, cpuMicroseconds.toFixed(0), perSecond.toFixed(0), residentMiB.toFixed(0), String(failed));
  }
  print();
  printRow("Heap after a collection, KB each", "request", "idle conn.");
  for (const { name, requestKb, connectionKb } of memory) {
    printRow(name, requestKb.toFixed(1), connectionKb.toFixed(1));
  }
  print();
  const [service, bare] = costs;
  const ratio = (service?.cpuMicroseconds ?? Number.NaN) / (bare?.cpuMicroseconds ?? Number.NaN);
  const holds = service?.failed === 0;
  printBelow(`${IN_FLIGHT} in flight, CPU against the bare relay`, ratio, "x", 2.5, { digits: 2, holds });
  printBelow(`${IN_FLIGHT} in flight, heap of each`, memory[0]?.requestKb ?? Number.NaN, "KB", 12, {
    digits: 1,
  });
};
