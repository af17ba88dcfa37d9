// What npm hands out: the service runs from its package in an empty folder, on each Node that it promises.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFolder, installedIn, installNode, installPackage, packPackages } from "../support/packages.ts";

const runFile = promisify(execFile);
const INSTALL_MS = 180_000;

let folder: Awaited<ReturnType<typeof createFolder>>;
let archives: { service: string; client: string };
let app: string;
let nodes: Record<string, string>;

beforeAll(async () => {
  folder = await createFolder();
  archives = await packPackages(folder.path);
  const { path } = folder;
  const [installed, node22, node24] = await Promise.all([
    installPackage(archives.service, path),
    installNode("22.19.0", path),
    installNode("24.21.0", path),
  ]);
  app = installed;
  nodes = { "22.19.0": node22, "24.21.0": node24, "that of the tests": process.execPath };
}, INSTALL_MS);

afterAll(() => folder[Symbol.asyncDispose]());

/** Runs the package's command in an empty folder, with nothing in the environment but what is given. */
const run = async (node: string, words: readonly string[], env: Record<string, string> = {}) => {
  const bin = join(app, "node_modules/realtime-key-broker/server/bin.js");
  return runProgram(node, [bin, ...words], await mkdtemp(join(folder.path, "empty-")), env);
};

const runProgram = async (
  node: string,
  words: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
) => {
  const child = spawn(node, words, { cwd, env: { PORT: "0", ...env } });
  let output = "";
  const url = Promise.withResolvers<string>();
  const read = (chunk: Buffer) => {
    output += chunk;
    const [, listening] =
      /"url":"(http:[^"]+)"/.exec(output) ?? /emulator on (http:\/\/[\w.:]+)/.exec(output) ?? [];
    if (listening) url.resolve(listening);
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  void exited.then(() => url.reject(new Error(output)));
  url.promise.catch(() => {});
  return {
    ...{ cwd, exited, input: child.stdin },
    url: () => url.promise,
    output: () => output,
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await exited;
    },
  };
};

const mounted = `import { createServer } from "node:http";
import { createBroker, type BrokerConfig } from "realtime-key-broker";
import { startEmulator } from "realtime-key-broker/emulator";
import { brokerClient } from "realtime-key-broker/client";

const emulator = await startEmulator();
const config: BrokerConfig = {
  settings: { openai_api_key: "sk-any", openai_base_url: emulator.baseUrl, base_path: "/voice", database_url: "sqlite::memory:" },
  callers: { tokens: [{ name: "page", token: "a-token-0123456789abcdef" }] },
};
const broker = await createBroker(config, { authenticate: async () => ({ name: "carol" }) });
export const client = brokerClient({ url: "http://127.0.0.1/voice" });
const server = createServer(broker.listener).listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ url: "http://127.0.0.1:" + (server.address() as { port: number }).port }));
});
`;

describe.each(["22.19.0", "24.21.0", "that of the tests"])("on Node %s", (version) => {
  it("`demo` in an empty folder serves the page, mints and runs a tool", async () => {
    await using demo = await run(nodes[version] ?? "", ["demo"]);
    const url = await demo.url();
    expect(await (await fetch(url)).text()).toContain("<title>");
    expect(await (await fetch(`${url}/client.js`)).text()).toContain("brokerClient");
    expect(await (await fetch(`${url}/ephemeral-key`)).json()).toMatchObject({
      value: expect.stringMatching(/^ek_/),
    });
    expect((await fetch(`${url}/current_time?time_zone=UTC`)).status).toBe(200);
  });

  it("`init --yes` writes a configuration with which `start` starts", async () => {
    const init = await run(nodes[version] ?? "", ["init", "--yes"]);
    expect(await init.exited).toBe(0);
    const env = { OPENAI_API_KEY: "sk-0123456789abcdef", BROKER_CONFIG: join(init.cwd, "broker.yaml") };
    await using service = await run(nodes[version] ?? "", ["start"], env);
    expect((await fetch(`${await service.url()}/healthz`)).status).toBe(200);
  });

  it("`users` and `--help` work", async () => {
    const users = await run(nodes[version] ?? "", ["users", "add", "bob", "--json"]);
    expect([await users.exited, users.output()]).toEqual([0, expect.stringContaining('"token"')]);
    const help = await run(nodes[version] ?? "", ["--help"]);
    expect([await help.exited, help.output()]).toEqual([
      0,
      expect.stringContaining("broker start | demo | emulator"),
    ]);
  });
});

it("`emulator` runs the emulator alone", async () => {
  await using emulator = await run(process.execPath, ["emulator"]);
  const models = await fetch(`${await emulator.url()}/v1/models`, {
    headers: { authorization: "Bearer sk-any" },
  });
  expect(models.status).toBe(200);
});

it("`init` asks, takes its answers from a pipe too", async () => {
  await using asking = await run(process.execPath, ["init"]);
  asking.input.end("tokn\ntoken\n\nfoo\nconvert_units\n");
  expect(await asking.exited).toBe(0);
  expect(asking.output()).toMatch(/answer local, token, issuer[\s\S]*no tool foo/);
  const text = await readFile(join(asking.cwd, "broker.yaml"), "utf8");
  expect(text).toContain("tools: [convert_units]");
});

it("can be mounted in a program of the package's user, and its types are complete", async () => {
  await writeFile(join(app, "mounted.mts"), mounted);
  const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--types", "node"];
  const typeRoots = ["--typeRoots", fileURLToPath(new URL("../../node_modules/@types", import.meta.url))];
  const { stdout } = await runFile(
    "npx",
    ["tsc", "--ignoreConfig", ...options, ...typeRoots, "--skipLibCheck", join(app, "mounted.mts")],
    {
      cwd: fileURLToPath(new URL("../../", import.meta.url)),
    },
  ).catch((error: { stdout: string }) => error);
  expect(stdout).toBe("");
  await using program = await runProgram(process.execPath, ["mounted.mts"], app);
  expect((await fetch(`${await program.url()}/voice/healthz`)).status).toBe(200);
});

it("the client's package is the client alone", async () => {
  const installed = await installPackage(archives.client, folder.path);
  expect(await installedIn(installed)).toEqual(["realtime-key-broker-client"]);
  const module = await import(join(installed, "node_modules/realtime-key-broker-client/client.js"));
  expect(module.brokerClient).toBeTypeOf("function");
});

it("neither package runs a script at its installation, or holds sources and tests", async () => {
  for (const name of ["realtime-key-broker", "realtime-key-broker-client"]) {
    const manifest = new URL(`../../dist/packages/${name}/package.json`, import.meta.url);
    expect(JSON.parse(await readFile(manifest, "utf8"))).not.toHaveProperty("scripts");
  }
  expect(await installedIn(app)).not.toContain("typescript");
});
