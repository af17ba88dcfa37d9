// The service as a process of its own, as an operator runs it.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ServiceProcess extends AsyncDisposable {
  /** What it wrote so far, standard output and error together. */
  readonly output: string;
  /** Resolves with the address once it listens. */
  listening(): Promise<string>;
  signal(name: "SIGTERM" | "SIGINT" | "SIGKILL" | "SIGUSR2" | "SIGHUP"): void;
  readonly pid: number | undefined;
  /** Megabytes of memory: now, and the most there ever was. */
  residentMb(): { now: number; most: number };
  /** Open files and sockets. */
  descriptors(): number;
  /** Resolves with the exit code. */
  exited: Promise<number | null>;
}

const root = new URL("../../", import.meta.url).pathname;
const npmStart: string = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts.start;
/** As `npm start` runs it. */
const command = npmStart
  .split(" ")
  .slice(1)
  .map((word) => (/\.[jt]s$/.test(word) ? join(root, word) : word));

/** Starts `server/main.ts` in an empty folder, with nothing in the environment but what is given. */
export const startProcess = (
  env: Record<string, string>,
  yaml?: string,
  args: string[] = [],
): ServiceProcess => {
  const folder = mkdtempSync(join(tmpdir(), "broker-"));
  if (yaml !== undefined) writeFileSync(join(folder, "broker.yaml"), yaml);
  // Tests keep connections, and do not want to wait for their end; and their machines are so busy that any event loop may be late.
  const ours = { PORT: "0", DRAIN_IDLE_SECONDS: "0", LOAD_SHEDDING: "false", ...env };
  const child = spawn(process.execPath, [...command, ...args], { cwd: folder, env: ours });
  let output = "";
  const listening = Promise.withResolvers<string>();
  let listens = false;
  const read = (chunk: Buffer) => {
    output += String(chunk);
    if (listens) return;
    const [, url] = /"url":"(https?:[^"]+)"/.exec(output) ?? [];
    if (!url) return;
    listens = true;
    listening.resolve(url);
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  const exited = new Promise<number | null>((resolve) => {
    child.once("close", (code) => {
      rmSync(folder, { recursive: true });
      listening.reject(new Error(`it ended with ${code}: ${output}`));
      resolve(code);
    });
  });
  // A test that expects it to end does not ask where it listened.
  listening.promise.catch(() => {});
  return {
    get output() {
      return output;
    },
    listening: () => listening.promise,
    pid: child.pid,
    signal: (name) => child.kill(name),
    residentMb: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      const kilobytes = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]);
      return { now: (kilobytes("VmRSS") * 1024) / 1e6, most: (kilobytes("VmHWM") * 1024) / 1e6 };
    },
    descriptors: () => readdirSync(`/proc/${child.pid}/fd`).length,
    exited,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
};
