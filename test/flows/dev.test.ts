// `npm run dev` in a copy of the sources: what is changed there comes through.
import { spawn } from "node:child_process";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { freePort, until } from "../support/wait.ts";
import { createWorkingCopy } from "../support/working-copy.ts";

const SOURCES = ["server", "emulator", "client", "web-demo", "scripts", "package.json", "tsconfig.json"];
// It starts three programs, several times, on machines that have other work.
const WAIT_SECONDS = 60;

const replaceIn = async (file: string, before: string, after: string): Promise<void> => {
  const text = await readFile(file, "utf8");
  expect(text).toContain(before);
  await writeFile(file, text.replace(before, after));
};

/** Starts it as a terminal does: with a process group of its own, which gets Ctrl-C. */
const startDev = async (folder: string) => {
  // As from a terminal, which knows nothing of Vitest.
  const command = ["-u", "VITEST", "-u", "NODE_ENV", "-u", "OPENAI_API_KEY"];
  const port = await freePort();
  const child = spawn("env", [...command, `PORT=${port}`, "npm", "run", "dev"], {
    cwd: folder,
    detached: true,
  });
  const group = -(child.pid ?? 0);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += String(chunk);
    });
  }
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const isRunning = () => {
    try {
      return process.kill(group, 0);
    } catch {
      return false;
    }
  };
  return {
    pageUrl: async (): Promise<string> => {
      await until("the page is served", () => /itself at http:/.test(output), WAIT_SECONDS);
      return /itself at (\S+)\//.exec(output)?.[1] ?? "";
    },
    pressCtrlC: () => process.kill(group, "SIGINT"),
    closed,
    isRunning,
    [Symbol.asyncDispose]: async () => {
      if (isRunning()) process.kill(group, "SIGKILL");
      await closed;
    },
  };
};

/** What Vite tells the page's module for reloading. */
const listenForReloads = async (page: string) => {
  const client = await (await fetch(`${page}/@vite/client`)).text();
  const [, token] = /wsToken = "([^"]+)"/.exec(client) ?? [];
  const socket = new WebSocket(`${page.replace("http", "ws")}/?token=${token}`, "vite-hmr");
  const types: string[] = [];
  socket.addEventListener("message", ({ data }) => types.push(JSON.parse(String(data)).type));
  await until("it listens for reloads", () => types.includes("connected"), WAIT_SECONDS);
  return { types, [Symbol.dispose]: () => socket.close() };
};

it("reloads service, emulator and page on change, and leaves nothing behind on Ctrl-C", async () => {
  await using copy = await createWorkingCopy(SOURCES);
  await using dev = await startDev(copy.root);
  const page = await dev.pageUrl();
  const read = async (path: string): Promise<string> =>
    fetch(page + path).then(
      (answer) => (answer.ok ? answer.text() : ""),
      () => "",
    );
  const showsUp = (path: string, text: string) =>
    until(`${text} shows up at ${path}`, async () => (await read(path)).includes(text), WAIT_SECONDS);

  await showsUp("/tools", "convert_units");
  await replaceIn(`${copy.root}server/tools/catalog/convert_units.ts`, "Converts a length", "Turns a length");
  await showsUp("/tools", "Turns a length");

  await showsUp("/ephemeral-key", '"value":"ek_');
  await replaceIn(`${copy.root}emulator/keys/client-secrets.ts`, 'randomId("ek")', 'randomId("ek_changed")');
  await showsUp("/ephemeral-key", '"value":"ek_changed');

  using reloads = await listenForReloads(page);
  await read("/main.ts");
  await appendFile(`${copy.root}web-demo/main.ts`, 'document.title = "Changed";\n');
  await until("the page is told to reload", () => reloads.types.includes("full-reload"), WAIT_SECONDS);
  await showsUp("/main.ts", '"Changed"');

  dev.pressCtrlC();
  await dev.closed;
  await until("all processes have ended", () => !dev.isRunning(), WAIT_SECONDS);
}, 240_000);
