// Work done in a process of its own, so that it shares no event loop with what is measured.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Runs a file of this folder: what it is to do goes in as JSON, what it found comes out as JSON. */
export const apart = async <Found>(file: string, job: object): Promise<Found> => {
  const running = run(process.execPath, [new URL(file, import.meta.url).pathname]);
  running.child.stdin?.end(JSON.stringify(job));
  return JSON.parse((await running).stdout);
};
