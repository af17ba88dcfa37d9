// A Redis of its own for the measurement, where one is installed.
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { answers } from "./ports.ts";

export interface Redis {
  url: string;
  pid: number;
  stop(): void;
}

const PORT = 16_379;

/** Undefined where there is no `redis-server` on the path. */
export const startRedis = async (): Promise<Redis | undefined> => {
  const flags = ["--port", String(PORT), "--bind", "127.0.0.1", "--save", ""];
  const child: ChildProcess = spawn("redis-server", flags, { stdio: "ignore" });
  // A benchmark that fails leaves nothing running.
  process.once("exit", () => child.kill());
  const missing = new Promise<true>((resolve) => child.once("error", () => resolve(true)));
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await Promise.race([missing, answers(PORT)])) break;
    await sleep(10);
  }
  if (child.pid === undefined) return undefined;
  return { pid: child.pid, url: `redis://127.0.0.1:${PORT}`, stop: () => child.kill() };
};
