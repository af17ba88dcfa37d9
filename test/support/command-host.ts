// Runs commands of the command line one after another, each in the folder and with the environment that it is given. What a process
// of its own takes longest for, loading the modules, is done once.
import { broker } from "../../server/cli/broker.ts";

export interface Command {
  words: readonly string[];
  env: Record<string, string>;
  cwd: string;
}

const refuse = () =>
  Promise.reject(new Error("a command that asks, or writes to its folder, has a process of its own"));

const run = async ({ words, env, cwd }: Command) => {
  process.chdir(cwd);
  let [stdout, stderr] = ["", ""];
  const code = await broker(env, words, {
    print: (line) => {
      stdout += `${line}\n`;
    },
    complain: (line) => {
      stderr += `${line}\n`;
    },
    ...{
      bold: (text: string) => text,
      dim: (text: string) => text,
      paint: (text: string) => text,
      columns: undefined,
    },
    ...{ ask: refuse, readSecret: refuse, exists: refuse, writeNew: refuse },
  });
  return { code, stdout, stderr };
};

let last: Promise<unknown> = Promise.resolve();
process.on("message", (command: Command) => {
  last = last.then(async () => process.send?.(await run(command)));
});
