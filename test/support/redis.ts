// A real Redis from Debian's package, on a free port, which tests may kill, bring back and make hang.
import { type ChildProcess, spawn } from "node:child_process";
import { createClient } from "@redis/client";
import { installed } from "./debian.ts";
import { freePort, until } from "./wait.ts";

export interface TestRedis extends AsyncDisposable {
  url: string;
  /** Kills it, as a crash would. */
  stop(): Promise<void>;
  /** Brings it back on the same port, empty. */
  start(): Promise<void>;
  /** Makes it hang: connections stay open and nobody answers. */
  pause(): void;
  resume(): void;
}

/** Starts one. Use with `await using`. */
export const startRedis = async (): Promise<TestRedis> => {
  const program = await installed("/usr/bin/{redis,valkey}-server", "redis-server");
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const flags = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  let child: ChildProcess | undefined;
  const start = async () => {
    child = spawn(program, flags, { stdio: "ignore" });
    await until("Redis answers", () => answers(url));
  };
  const stop = async () => {
    const running = child;
    child = undefined;
    if (!running) return;
    const gone = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGKILL");
    await gone;
  };
  await start();
  return {
    url,
    start,
    stop,
    pause: () => child?.kill("SIGSTOP"),
    resume: () => child?.kill("SIGCONT"),
    [Symbol.asyncDispose]: stop,
  };
};

const answers = async (url: string): Promise<boolean> => {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.close();
    return true;
  } catch {
    return false;
  }
};
