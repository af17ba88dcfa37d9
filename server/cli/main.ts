#!/usr/bin/env node
// The entry of the command line. The only place beside the service's own entry that reads the environment.
import { lstat, writeFile } from "node:fs/promises";
import { enableCompileCache } from "node:module";
import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";
import { styleText } from "node:util";
import type { Terminal } from "./terminal.ts";

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

const MAX_SECRET_BYTES = 65_536;

const readSecret = async (question: string): Promise<string> => {
  if (process.stdin.isTTY) return askHidden(question);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    length += chunk.length;
    if (length > MAX_SECRET_BYTES) throw new Error(`a secret has at most ${MAX_SECRET_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
};

// The question goes to standard error, since the answer's outcome may be piped on. What is typed is echoed nowhere.
const askHidden = async (question: string): Promise<string> => {
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const hidden = createInterface({ input: process.stdin, output, terminal: true });
  process.stderr.write(question);
  try {
    return await new Promise((resolve, reject) => {
      hidden.once("line", resolve);
      hidden.once("SIGINT", () => reject(new Error("nothing was sealed")));
      hidden.once("close", () => reject(new Error("nothing was typed")));
    });
  } finally {
    process.stderr.write("\n");
    hidden.close();
  }
};

const writeNew: Terminal["writeNew"] = async (file, text, readers = "everyone") => {
  try {
    // wx: an existing file is never overwritten.
    await writeFile(file, text, { flag: "wx", mode: readers === "owner" ? 0o600 : 0o666 });
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

const { withoutLineEnds } = await import("../config/environment.ts");
const { broker } = await import("./broker.ts");
process.exitCode = await broker(withoutLineEnds(process.env), process.argv.slice(2), {
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  bold: (text) => styleText("bold", text, { stream: process.stdout }),
  dim: (text) => styleText("dim", text, { stream: process.stdout }),
  paint: (text, colour) => styleText(colour, text, { stream: process.stdout }),
  columns: process.stdout.columns,
  ask,
  readSecret,
  exists,
  writeNew,
});
input?.close();
