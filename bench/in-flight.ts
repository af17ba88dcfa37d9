// Memory of a request in flight: V8's heap and buffers after a collection, with many requests waiting and with none.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request } from "undici";
import type { Target } from "./measure.ts";
import type { Program } from "./program.ts";

export interface InFlightMemory {
  name: string;
  /** With each connection open and idle, against no connection: kilobytes for each. */
  connectionKb: number;
  /** With a request waiting on each connection, against open and idle: kilobytes for each. */
  requestKb: number;
}

/** The environment that lets a program report its heap, and how to ask for it. */
export const heapReport = () => {
  const folder = mkdtempSync(join(tmpdir(), "bench-heap-"));
  const file = join(folder, "bytes");
  const preload = new URL("heap-report.ts", import.meta.url).href;
  return {
    env: { NODE_OPTIONS: `--import=${preload}`, HEAP_REPORT: file },
    bytesOf: async (program: Program): Promise<number> => {
      rmSync(file, { force: true });
      program.signal("SIGUSR2");
      while (!existsSync(file)) await sleep(5);
      return Number(readFileSync(file, "utf8"));
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
};

/** Rounds before the measured one: caches fill, lists grow to their size. */
const WARM_UP_ROUNDS = 3;
/** From sending until all requests wait; the upstream must take longer. */
const ARRIVAL_MS = 1500;

/** Measures one program over an upstream that takes several seconds. */
export const measureInFlight = async (
  { name, program, path, tokens, ...template }: Target,
  connections: number,
  bytesOf: (program: Program) => Promise<number>,
): Promise<InFlightMemory> => {
  const dispatcher = new Agent({ connections, keepAliveTimeout: 60_000, headersTimeout: 60_000 });
  const send = async (token: string | undefined): Promise<void> => {
    const headers = { ...template.headers, authorization: `Bearer ${token}` };
    const options = { ...template, method: template.method ?? "GET", headers, dispatcher };
    const { statusCode, body } = await request(program.url + path, options);
    await body.dump();
    if (statusCode !== 200) throw new Error(`${name} answered ${statusCode}`);
  };
  const sendAll = () =>
    Promise.all(Array.from({ length: connections }, (_, index) => send(tokens[index % tokens.length])));
  const unconnected = await bytesOf(program);
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) await sendAll();
  const idle = await bytesOf(program);
  const answered = sendAll();
  await sleep(ARRIVAL_MS);
  const waiting = await bytesOf(program);
  await answered;
  await dispatcher.close();
  const kbEach = (bytes: number) => bytes / connections / 1000;
  return { name, connectionKb: kbEach(idle - unconnected), requestKb: kbEach(waiting - idle) };
};
