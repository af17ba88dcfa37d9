// The command line, as an operator runs it.
import { type ChildProcess, execFile, fork } from "node:child_process";
import { tmpdir } from "node:os";
import type { Command } from "./command-host.ts";

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

const main = new URL("../../server/cli/main.ts", import.meta.url).pathname;

/**
 * Runs `broker …` as a process of its own, with nothing in the environment but what is given. Words are separated by spaces, or given
 * as a list. `input` is what it reads.
 */
export const spawnBroker = (
  words: string | readonly string[],
  env: Record<string, string>,
  cwd: string = tmpdir(),
  input = "",
): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [main, ...listOf(words)],
      { env, cwd, timeout: 90_000 },
      (error, stdout, stderr) => {
        const code = typeof error?.code === "number" ? error.code : error ? -1 : 0;
        resolve({ code, stdout, stderr });
      },
    );
    child.stdin?.end(input);
  });

const listOf = (words: string | readonly string[]): readonly string[] =>
  typeof words === "string" ? words.split(" ") : words;

/** The same, in a process beside this one that stays for the next command: for tests of what commands do, rather than of how they end. */
export const runBroker = (
  words: string | readonly string[],
  env: Record<string, string>,
  cwd: string = tmpdir(),
): Promise<Ended> => {
  host ??= startHost();
  return host.run({ words: listOf(words), env, cwd });
};

let host: ReturnType<typeof startHost> | undefined;

const startHost = () => {
  const path = new URL("./command-host.ts", import.meta.url).pathname;
  const child: ChildProcess = fork(path, {
    env: {},
    execArgv: [],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const waiting: PromiseWithResolvers<Ended>[] = [];
  let said = "";
  child.stderr?.on("data", (chunk) => {
    said += chunk;
  });
  child.on("message", (ended: Ended) => waiting.shift()?.resolve(ended));
  child.once("close", () => {
    host = undefined;
    for (const { reject } of waiting) reject(new Error(`the command ended its process: ${said}`));
  });
  return {
    // They are answered in their order.
    run: (command: Command): Promise<Ended> => {
      const ended = Promise.withResolvers<Ended>();
      waiting.push(ended);
      child.send(command);
      return ended.promise;
    },
  };
};

/** The one object that `--json` prints. Throws with what was said instead. */
export const askBroker = async (
  words: string,
  env: Record<string, string>,
): Promise<Record<string, string>> => {
  const { code, stdout, stderr } = await runBroker(`${words} --json`, env);
  if (code !== 0) throw new Error(`broker ${words} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
};
