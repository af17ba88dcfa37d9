// Reads what the system gives this process.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { MachineFacts } from "./machine.ts";

/** On other systems than Linux only Node's version is known. */
export const lookAtMachine = async (nodeVersion: string): Promise<MachineFacts> => ({
  nodeVersion,
  maxOpenFiles: openFilesIn((await textOf("/proc/self/limits")) ?? ""),
  maxMemoryBytes: await memoryLimit(),
});

const openFilesIn = (limits: string): number | undefined => {
  const [, soft] = /^Max open files\s+(\d+)\s/m.exec(limits) ?? [];
  return soft === undefined ? undefined : Number(soft);
};

/** The lowest of the process's own control group and those above it (version 2), or of version 1. */
const memoryLimit = async (): Promise<number | undefined> => {
  const [, path = "/"] = /^0::(\/.*)$/m.exec((await textOf("/proc/self/cgroup")) ?? "") ?? [];
  const places = ["/sys/fs/cgroup/memory/memory.limit_in_bytes"];
  for (let at = path; ; at = dirname(at)) {
    places.push(join("/sys/fs/cgroup", at, "memory.max"));
    if (at === "/" || at === ".") break;
  }
  const texts = await Promise.all(places.map(textOf));
  const limits = texts.map((text) => Number.parseInt(text ?? "", 10)).filter((limit) => limit < NO_LIMIT);
  return limits.length === 0 ? undefined : Math.min(...limits);
};

/** Version 1 writes a number that no machine has. */
const NO_LIMIT = 2 ** 50;

const textOf = (path: string): Promise<string | undefined> => readFile(path, "utf8").catch(() => undefined);
