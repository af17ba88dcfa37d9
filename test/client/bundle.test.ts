// The client as it is published: one small module that needs nothing, with types that a stranger's compiler reads.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url).pathname;
const tool = (name: string): string => join(root, "node_modules/.bin", name);
const run = promisify(execFile);

const consumer = `
import { keepProfile } from "realtime-key-broker/agents";
import { connectLive } from "realtime-key-broker/live";
import { connectRealtime, VoiceError } from "realtime-key-broker/realtime";
import { brokerClient, BrokerError, connectDeepChat, type EphemeralKey } from "realtime-key-broker/client";

export const broker = brokerClient({ url: "https://broker.example", token: async () => "token", profile: "default" });
export const key = async (): Promise<EphemeralKey> => broker.fetchEphemeralKey();
export const wait = (error: unknown): number =>
  error instanceof BrokerError ? (error.retryAfterSeconds ?? 0) : 0;
export const bridge = connectDeepChat(document.createElement("div"), broker, {
  onState: (state) => state satisfies "idle" | "connecting" | "live" | "stopped" | "failed",
  onToolCall: ({ name, status }) => \`\${name} \${status satisfies "running" | "answered" | "failed"}\`,
});
export const call = connectRealtime(new Audio(), broker, {
  onState: (state) => state satisfies "connecting" | "live" | "reconnecting" | "stopped" | "failed",
}).catch((error: unknown) => (error instanceof VoiceError ? error.userMessage : ""));
export const live = connectLive(new Audio(), broker, {
  onEnd: ({ reason, mayStartAgain }) => reason === "lost" && mayStartAgain,
});
// @ts-expect-error: no session of the Agents SDK
keepProfile({});
// @ts-expect-error: there is no such callback
connectDeepChat(document.createElement("div"), broker, { onTranscripts: () => {} });
`;

describe("the published client", () => {
  let folder: string;
  let code: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "published-client-"));
    const outDir = join(folder, "package/dist/client");
    for (const config of ["vite", "parts", "live"])
      await build({
        configFile: join(root, `client/${config}.config.ts`),
        logLevel: "warn",
        build: { outDir },
      });
    await run(tool("tsc"), ["-p", join(root, "client/tsconfig.build.json"), "--outDir", outDir]);
    await cp(join(root, "package.json"), join(folder, "package/package.json"));
    code = await readFile(join(outDir, "client.js"), "utf8");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ["client", 7.75],
    ["realtime", 4.25],
    ["live", 3.5],
    ["agents", 1.25],
    ["react", 0.75],
  ])("is small, gzipped: %s is at most %d KB", async (part, kilobytes) => {
    const text = await readFile(join(folder, `package/dist/client/${part}.js`));
    expect(gzipSync(text, { level: 9 }).length).toBeLessThanOrEqual(kilobytes * 1024);
  });

  it("has parts that import only each other, and React", async () => {
    const importsOf = async (part: string) => {
      const text = await readFile(join(folder, `package/dist/client/${part}.js`), "utf8");
      return [...text.matchAll(/(?:from|import)\s*\(?["'`]([^"'`]+)/g)].map(([, from]) => from);
    };
    expect(await Promise.all(["realtime", "live", "agents", "react"].map(importsOf))).toEqual([
      [],
      [],
      [],
      ["react", "./client.js", "./realtime.js"],
    ]);
    expect(await readFile(join(folder, "package/dist/client/react.js"), "utf8")).toMatch(/^"use client";/);
  });

  it("imports nothing but its own part, when that is asked for, and needs no eval", () => {
    expect(code.match(/import\(.*?\)/g)).toEqual(["import(`./challenge.js`)"]);
    expect(code.replace("import(", "")).not.toMatch(
      /(?:^|[;}\s])import\s*[\w{*"'(`]|\brequire\(|\beval\(|new Function/,
    );
  });

  it("runs where it is imported, and says what it offers", async () => {
    const client = await import(join(folder, "package/dist/client/client.js"));
    expect(Object.keys(client).sort()).toEqual(["BrokerError", "brokerClient", "connectDeepChat"]);
  });

  it("is known to TypeScript under the package's name", async () => {
    const project = join(folder, "consumer");
    await mkdir(join(project, "node_modules"), { recursive: true });
    await symlink(join(folder, "package"), join(project, "node_modules/realtime-key-broker"));
    await writeFile(join(project, "package.json"), '{ "type": "module" }');
    await writeFile(join(project, "page.ts"), consumer);
    for (const [module, resolution] of [
      ["nodenext", "nodenext"],
      ["esnext", "bundler"],
    ] as const) {
      const options = ["--noEmit", "--strict", "--target", "es2024", "--lib", "es2024,dom"];
      const how = ["--module", module, "--moduleResolution", resolution];
      const { stdout } = await run(tool("tsc"), [...options, ...how, "page.ts"], { cwd: project }).catch(
        (cause) => cause,
      );
      expect(stdout, resolution).toBe("");
    }
  });
});
