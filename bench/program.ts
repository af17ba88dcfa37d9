// Programs under measurement, each a process of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface Program {
  url: string;
  /** Resident memory now, in MiB. */
  residentMiB(): number;
  stop(): Promise<void>;
}

const here = new URL("./", import.meta.url).pathname;

/** Starts a Node program that prints its address. What it prints goes to a file, so that nobody spends time reading it. */
export const start = async (
  file: string,
  args: string[] = [],
  env: Record<string, string> = {},
  cwd = here,
): Promise<Program> => {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const output = join(folder, "output");
  const descriptor = openSync(output, "w");
  const child = spawn(process.execPath, [file, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", descriptor, "inherit"],
  });
  closeSync(descriptor);
  return {
    url: await address(child, output),
    residentMiB: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    },
    stop: async () => {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await gone;
      rmSync(folder, { recursive: true });
    },
  };
};

const address = async (child: ChildProcess, output: string): Promise<string> => {
  while (child.exitCode === null) {
    const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(readFileSync(output, "utf8")) ?? [];
    if (found) return found;
    await sleep(2);
  }
  throw new Error(`${child.spawnargs[1]} ended with ${child.exitCode}`);
};
