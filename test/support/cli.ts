// The command line as a process of its own, as an operator runs it.
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

const main = new URL("../../server/cli/main.ts", import.meta.url).pathname;

/** Runs `broker …` with nothing in the environment but what is given. Words are separated by spaces, or given as a list. */
export const runBroker = (
  words: string | readonly string[],
  env: Record<string, string>,
  cwd: string = tmpdir(),
): Promise<Ended> =>
  new Promise((resolve) => {
    const list = typeof words === "string" ? words.split(" ") : words;
    execFile(process.execPath, [main, ...list], { env, cwd, timeout: 90_000 }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error ? -1 : 0;
      resolve({ code, stdout, stderr });
    });
  });

/** The one object that `--json` prints. Throws with what was said instead. */
export const askBroker = async (
  words: string,
  env: Record<string, string>,
): Promise<Record<string, string>> => {
  const { code, stdout, stderr } = await runBroker(`${words} --json`, env);
  if (code !== 0) throw new Error(`broker ${words} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
};
