// A slow upstream and 600 requests in flight: processor time and memory of each request, against the bare relay.
import { plainRequest } from "./chat.ts";
import { heapReport, type InFlightMemory, measureInFlight } from "./in-flight.ts";
import type { Lengths } from "./lengths.ts";
import { measureRounds, type TargetResults } from "./measure.ts";
import { startBareRelay } from "./peers.ts";
import { cpuMicroseconds, print, printRow, printRows } from "./print.ts";
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

const measureLoad = async ({ slowRequests }: Lengths): Promise<TargetResults[]> => {
  const upstream = await start("upstream.ts", [jwks], { DELAY_MS });
  const tokens = callerTokens();
  const relays = [
    { name: SERVICE, program: await startService(upstream.url), tokens },
    { name: BARE, program: await startBareRelay(upstream.url), tokens },
  ];
  // Whole requests instead of seconds: none is cut off at the end, so the processor time is that of the answered ones.
  const round = { requests: slowRequests, connections: IN_FLIGHT };
  const plan = { warmUp: round, rounds: ROUNDS, round };
  const results = await measureRounds(chatTargets(relays, plainRequest), plan);
  for (const { program } of [...relays, { program: upstream }]) await program.stop();
  return results;
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
  const results = await measureLoad(lengths);
  const memory = await measureMemory();

  printRows(`${IN_FLIGHT} in flight, ${DELAY_MS} ms upstream`, results);
  print();
  printRow("Heap after a collection, KB each", "request", "idle conn.");
  for (const { name, requestKb, connectionKb } of memory) {
    printRow(name, requestKb.toFixed(1), connectionKb.toFixed(1));
  }
  print();
  const ratio = cpuMicroseconds(results[0]) / cpuMicroseconds(results[1]);
  printBelow(`${IN_FLIGHT} in flight, CPU against the bare relay`, ratio, "x", 2.5, { digits: 2 });
  printBelow(`${IN_FLIGHT} in flight, heap of each`, memory[0]?.requestKb ?? Number.NaN, "KB", 12, {
    digits: 1,
  });
};
