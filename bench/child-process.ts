// Runs a file of this folder in a process of its own, so that it shares no event loop with what is measured.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The file reads `input` as JSON on its standard input, and prints its result as JSON. */
export const runInProcess = async <Result>(file: string, input: object): Promise<Result> => {
  const running = run(process.execPath, [new URL(file, import.meta.url).pathname]);
  running.child.stdin?.end(JSON.stringify(input));
  return JSON.parse((await running).stdout);
};
