// 1,500 connections at once that send or take next to nothing, and come again when they are cut: nobody else waits for them.
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ServiceProcess, startProcess } from "../support/process.ts";
import { ALICE, relayYaml } from "../support/relay-client.ts";
import { until } from "../support/wait.ts";
import { type PlainOpenAi, startPlainOpenAi } from "./plain-openai.ts";

const CONNECTIONS = 1500;
const SECONDS = 12;
/** A probe that takes longer has failed. */
const PROBE_MS = 2000;
const host = "host: localhost\r\n";
const alice = `${host}authorization: Bearer ${ALICE}\r\n`;

let openai: PlainOpenAi;
let service: ServiceProcess;
let url: string;
beforeAll(async () => {
  openai = await startPlainOpenAi();
  const env = {
    OPENAI_API_KEY: "sk-test",
    OPENAI_BASE_URL: openai.baseUrl,
    DATABASE_URL: "sqlite::memory:",
    HEADER_TIMEOUT_SECONDS: "3",
    REQUEST_TIMEOUT_SECONDS: "3",
  };
  const yaml = relayYaml("{ all: { allow: [everyone], paths: [/v1/*] } }").replace(
    "relays:",
    "mints: { caller: none }, relays:",
  );
  service = startProcess(env, yaml);
  url = await service.listening();
  await (await fetch(`${url}/healthz`)).text();
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await openai[Symbol.asyncDispose]();
});

interface Kind {
  begin: string;
  /** Written twice a second. */
  drip: string;
  reads?: boolean;
}

/** Keeps so many of them open until it is told to stop. */
const keepSlow = ({ begin, drip, reads = true }: Kind) => {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let cut = 0;
  let stopped = false;
  const open = () => {
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(begin));
    sockets.add(socket);
    if (reads) socket.resume();
    socket.on("error", () => {});
    socket.once("close", () => {
      sockets.delete(socket);
      if (stopped) return;
      cut += 1;
      openSoon();
    });
  };
  // They come within four seconds, and come again so.
  const openSoon = () => setTimeout(() => !stopped && open(), Math.random() * 4000);
  for (let count = 0; count < CONNECTIONS; count += 1) openSoon();
  const dripping = setInterval(() => {
    for (const socket of sockets) if (drip !== "" && socket.writable) socket.write(drip);
  }, 500);
  return () => {
    stopped = true;
    clearInterval(dripping);
    for (const socket of sockets) socket.destroy();
    return cut;
  };
};

it.each<[what: string, kind: Kind]>([
  ["send nothing", { begin: "", drip: "" }],
  ["send their headers byte by byte", { begin: `GET / HTTP/1.1\r\n${host}x: `, drip: "a" }],
  [
    "send their body byte by byte",
    {
      begin: `POST /ephemeral-key HTTP/1.1\r\n${alice}content-type: application/json\r\ncontent-length: 1000\r\n\r\n{`,
      drip: " ",
    },
  ],
  [
    "send an upload byte by byte",
    { begin: `POST /v1/files HTTP/1.1\r\n${alice}content-length: 1000000\r\n\r\n`, drip: "a" },
  ],
  [
    "do not take the answer",
    { begin: `GET /v1/files/f/content HTTP/1.1\r\n${alice}\r\n`, drip: "", reads: false },
  ],
])("that %s", async (_, kind) => {
  const before = service.descriptors();
  const stop = keepSlow(kind);
  const times: number[] = [];
  let most = 0;
  let cut = 0;
  try {
    const end = performance.now() + SECONDS * 1000;
    while (performance.now() < end) {
      const began = performance.now();
      const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PROBE_MS) });
      expect([answer.status, await answer.json()]).toEqual([200, { status: "ok" }]);
      times.push(performance.now() - began);
      most = Math.max(most, service.descriptors());
      await pause(25);
    }
  } finally {
    cut = stop();
  }
  expect(most).toBeGreaterThan(CONNECTIONS / 2);
  times.sort((a, b) => a - b);
  const [median, slowest] = [times[times.length >> 1], times.at(-1)].map((ms = 0) => Math.round(ms));
  const { most: megabytes } = service.residentMb();
  process.stdout.write(
    `${times.length} probes, ${median} ms, the slowest ${slowest} ms; ${cut} connections were cut; at most ${Math.round(megabytes)} MB\n`,
  );
  await until("its descriptors are given back", () => service.descriptors() <= before + 60, 20);
});
