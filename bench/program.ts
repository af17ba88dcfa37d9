// Programs under measurement, each a process of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { answers } from "./ports.ts";

export interface Program {
  url: string;
  /** Resident memory now, child processes included. */
  residentMiB(): number;
  /** Processor time since the start, of all threads and child processes. */
  cpuSeconds(): number;
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

export interface Launch {
  command: string;
  args: readonly string[];
  env?: Record<string, string>;
  cwd?: string;
  /** The port of a program that does not print its address. */
  port?: number;
  /** Sends its standard error to the output file too: a program that fails may print a line per request. */
  muted?: boolean;
}

const here = new URL("./", import.meta.url).pathname;

/** Starts a program. Its output goes to a file, so that reading it costs no time. */
export const launch = async (launched: Launch): Promise<Program> => {
  const { command, args, env, cwd = here, port, muted } = launched;
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const output = join(folder, "output");
  const descriptor = openSync(output, "w");
  const child = spawn(command, args, {
    cwd,
    // Nothing stands in front of it that keeps connections.
    env: { ...process.env, DRAIN_IDLE_SECONDS: "0", ...env },
    stdio: ["ignore", descriptor, muted ? descriptor : "inherit"],
  });
  closeSync(descriptor);
  const kill = () => child.kill();
  // A benchmark that fails leaves nothing running.
  process.once("exit", kill);
  return {
    url: await (port === undefined ? printedAddress(child, output) : openPort(child, port)),
    residentMiB: () => sumOfTree(child.pid ?? 0, residentMiB),
    cpuSeconds: () => cpuSecondsOf(child.pid ?? 0),
    signal: (name) => child.kill(name),
    stop: async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      kill();
      await gone;
      process.off("exit", kill);
      rmSync(folder, { recursive: true });
    },
  };
};

/** Starts a Node program that prints its address. */
export const start = (
  file: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
  cwd = here,
): Promise<Program> => launch({ command: process.execPath, args: [file, ...args], env, cwd });

const printedAddress = async (child: ChildProcess, output: string): Promise<string> => {
  while (child.exitCode === null) {
    const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(readFileSync(output, "utf8")) ?? [];
    if (found) return found;
    await sleep(2);
  }
  throw new Error(`${child.spawnargs[1]} ended with ${child.exitCode}`);
};

const openPort = async (child: ChildProcess, port: number): Promise<string> => {
  while (child.exitCode === null) {
    if (await answers(port)) return `http://127.0.0.1:${port}`;
    await sleep(10);
  }
  throw new Error(`${child.spawnargs[0]} ended with ${child.exitCode}`);
};

/** Processor time of a process since its start, of all threads and child processes that run now. */
export const cpuSecondsOf = (pid: number): number => sumOfTree(pid, cpuSeconds);

const sumOfTree = (pid: number, figureOf: (pid: number) => number): number => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").match(/\d+/g) ?? [];
  return children.reduce((sum, child) => sum + sumOfTree(Number(child), figureOf), figureOf(pid));
};

const residentMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;

/** Linux counts processor time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

// Fields 14 and 15 of proc_pid_stat(5), user and system time; the name before them may contain spaces.
const cpuSeconds = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
};
