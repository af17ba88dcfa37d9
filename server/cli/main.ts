#!/usr/bin/env node
// The entry of the command line. The only place beside the service's own entry that reads the environment.
import { lstat, writeFile } from "node:fs/promises";
import { enableCompileCache } from "node:module";
import { createInterface, type Interface } from "node:readline";
import { styleText } from "node:util";

// From the second time on it starts twice as fast.
enableCompileCache();

// One reader for all questions: lines that come at once, through a pipe, would else be lost between two of them.
let input: Interface | undefined;
let lines: AsyncIterator<string> | undefined;

const ask = async (question: string): Promise<string> => {
  input ??= createInterface({ input: process.stdin });
  lines ??= input[Symbol.asyncIterator]();
  process.stdout.write(question);
  const { done, value } = await lines.next();
  if (done) throw new Error("the answers ended too early; --yes asks nothing");
  return value;
};

const writeNew = async (file: string, text: string): Promise<boolean> => {
  try {
    // wx: an existing file is never overwritten.
    await writeFile(file, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
};

const exists = (file: string): Promise<boolean> =>
  lstat(file).then(
    () => true,
    () => false,
  );

// A reader such as `head` that has enough is no error.
process.stdout.on("error", () => process.exit(0));

const { broker } = await import("./broker.ts");
process.exitCode = await broker(process.env, process.argv.slice(2), {
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  bold: (text) => styleText("bold", text, { stream: process.stdout }),
  dim: (text) => styleText("dim", text, { stream: process.stdout }),
  paint: (text, colour) => styleText(colour, text, { stream: process.stdout }),
  columns: process.stdout.columns,
  ask,
  exists,
  writeNew,
});
input?.close();
