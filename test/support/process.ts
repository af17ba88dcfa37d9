// The service as a process of its own, as an operator runs it.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ServiceProcess extends AsyncDisposable {
  /** What it wrote so far, standard output and error together. */
  readonly output: string;
  /** Resolves with the address once it listens. */
  listening(): Promise<string>;
  signal(name: "SIGTERM" | "SIGINT"): void;
  /** Resolves with the exit code. */
  exited: Promise<number | null>;
}

const server = new URL("../../server/", import.meta.url).pathname;
const command = ["--import", join(server, "compile-cache.js"), join(server, "main.ts")];

/** Starts `server/main.ts` in an empty folder, with nothing in the environment but what is given. */
export const startProcess = (
  env: Record<string, string>,
  yaml?: string,
  args: string[] = [],
): ServiceProcess => {
  const folder = mkdtempSync(join(tmpdir(), "broker-"));
  if (yaml !== undefined) writeFileSync(join(folder, "broker.yaml"), yaml);
  const child = spawn(process.execPath, [...command, ...args], { cwd: folder, env: { PORT: "0", ...env } });
  let output = "";
  const listening = Promise.withResolvers<string>();
  const read = (chunk: Buffer) => {
    output += String(chunk);
    const [, url] = /"url":"(http:[^"]+)"/.exec(output) ?? [];
    if (url) listening.resolve(url);
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
  // Whoever expects it to end need not ask where it listened.
  listening.promise.catch(() => {});
  return {
    get output() {
      return output;
    },
    listening: () => listening.promise,
    signal: (name) => child.kill(name),
    exited,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
};
