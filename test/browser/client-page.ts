// A page on its own origin that uses a part of the client, with the real service and the emulator.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";

declare global {
  interface Window {
    /** Every microphone that the page opened. */
    microphones: MediaStream[];
  }
}

const root = new URL("../../", import.meta.url).pathname;
const sourceOf = (part: string): string => join(root, "client", part, "index.ts");

/** A page's code for browsers, with all that it imports inside. */
export const bundlePage = async (code: string): Promise<string> => {
  const outDir = await mkdtemp(join(tmpdir(), "client-page-"));
  const entry = join(root, "test/browser/pages/written.tsx");
  const written = { name: "written", load: (id: string) => (id === entry ? code : null) };
  const found = { name: "found", resolveId: (id: string) => (id === entry ? id : null) };
  const alias = {
    "realtime-key-broker/client": sourceOf(""),
    "realtime-key-broker/realtime": sourceOf("realtime"),
    "realtime-key-broker/live": sourceOf("live"),
    "realtime-key-broker/agents": sourceOf("agents"),
    "realtime-key-broker/react": sourceOf("react"),
  };
  const lib = { entry, formats: ["es" as const], fileName: () => "page.js" };
  await build({
    configFile: false,
    publicDir: false,
    logLevel: "error",
    plugins: [found, written],
    resolve: { alias },
    define: { "process.env.NODE_ENV": '"development"' },
    build: { lib, outDir, rolldownOptions: { output: { codeSplitting: false } } },
  });
  const text = await readFile(join(outDir, "page.js"), "utf8");
  await rm(outDir, { recursive: true });
  return text;
};

export interface SeenCall {
  open: boolean;
  seconds_of_speech_heard: number;
  session: Record<string, unknown>;
  client_events: {
    type: string;
    session?: object;
    item?: { role?: string; content?: { text?: string }[] };
  }[];
}

export interface ClientPage extends AsyncDisposable {
  page: Page;
  broker: TestBroker;
  /** Asks the emulator's own routes. */
  ask<T>(path: string, method?: string, body?: object): Promise<T>;
  calls(): Promise<SeenCall[]>;
  /** The states of the tracks of all microphones that the page opened. */
  microphones(): Promise<string[]>;
}

export interface ClientPageOptions {
  /** By path; a text may name the service as https://broker.example.com. */
  files: Record<string, string>;
  /** Of broker.yaml, beside `cors` and `callers`. */
  yaml?: string;
  callers?: string;
  /** One that runs elsewhere. */
  emulator?: Pick<Emulator, "baseUrl" | "close">;
  /** Settings of the service. */
  env?: Record<string, string>;
}

const types: Record<string, string> = { js: "text/javascript", html: "text/html", css: "text/css" };

/** What the page last reported of its session's usage, as the service logged it. */
export const reportIn = ({ broker }: Pick<ClientPage, "broker">): unknown =>
  broker.logs.findLast(({ route }) => route === "/usage/reports")?.reported_tokens;

/** Opens the page. Use with `await using`. */
export const openClientPage = async (browser: Browser, options: ClientPageOptions): Promise<ClientPage> => {
  const emulator = options.emulator ?? (await startEmulator());
  const site = createServer((request, answer) => {
    const path = request.url === "/" ? "index.html" : (request.url ?? "").slice(1);
    const file = options.files[path]?.replaceAll("https://broker.example.com", broker.url);
    const type = types[/\.(\w+)(?:\?|$)/.exec(path)?.[1] ?? ""] ?? "text/plain";
    answer.writeHead(file === undefined ? 404 : 200, { "content-type": type }).end(file);
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const { callers = "{ guests: loopback }", yaml = "", env = {} } = options;
  const broker = await createTestBroker({
    openai: emulator.baseUrl,
    env,
    yaml: `cors: { origins: ["${origin}"] }\ncallers: ${callers}\n${yaml}`,
  });
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.microphones = [];
    const devices = navigator.mediaDevices;
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (constraints) => {
      const stream = await open(constraints);
      window.microphones.push(stream);
      return stream;
    };
  });
  await page.goto(origin);
  const ask = async <T>(path: string, method = "GET", body?: object): Promise<T> => {
    const url = new URL(`/emulator/${path}`, emulator.baseUrl);
    const headers = { "content-type": "application/json" };
    const answer = await fetch(url, { method, headers, body: body ? JSON.stringify(body) : null });
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  };
  return {
    page,
    broker,
    ask,
    calls: async () => (await ask<{ calls: SeenCall[] }>("calls")).calls,
    microphones: () =>
      page.evaluate(() =>
        window.microphones.flatMap((each) => each.getTracks().map((track) => track.readyState)),
      ),
    async [Symbol.asyncDispose]() {
      await context.close();
      await broker.stop();
      await emulator.close();
      site.closeAllConnections();
      site.close();
    },
  };
};
