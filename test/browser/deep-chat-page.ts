// A page of another site, on its own origin and under a strict policy: the unmodified Deep Chat, the built
// client, the real service and the emulator.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { inject } from "vitest";
import type { BrokerClient, connectDeepChat, DeepChatBridge } from "../../client/index.ts";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";

/** Something the page was told, by the bridge or by Deep Chat. */
interface Entry {
  kind: string;
  value: unknown;
  /** Which of the page's elements it came from. */
  from?: number;
}

interface Part {
  element: HTMLElement & {
    _activeService: { _pc: RTCPeerConnection | null; _mediaStream: MediaStream | null };
  };
  bridge: DeepChatBridge;
}

declare global {
  // What pages/deep-chat/ puts there.
  interface Window extends Part {
    log: Entry[];
    parts: Part[];
    broker: BrokerClient;
    connectDeepChat: typeof connectDeepChat;
    methods(): {
      updateConfig(config: object): void;
      sendMessage(text: string, role?: "user" | "assistant" | "system"): void;
    };
    heardSound(): Promise<number>;
    /** For tests to keep what a session had open. */
    opened: { peer: RTCPeerConnection | null; stream: MediaStream | null };
    pageFetch: typeof fetch;
    pagePeer: typeof RTCPeerConnection;
    pageGetUserMedia: MediaDevices["getUserMedia"];
  }
}

export interface SeenCall {
  open: boolean;
  seconds_of_speech_heard: number;
  session: object;
  client_events: { type: string; item?: { call_id?: string; output?: string } }[];
}

export interface DeepChatPage extends AsyncDisposable {
  page: Page;
  broker: TestBroker;
  emulator: Emulator;
  origin: string;
  /** Addresses that are neither the page's, the service's nor the emulator's. */
  outside: string[];
  consoleErrors: string[];
  /** Everything of a kind that the page was told so far. */
  told(kind: string): Promise<unknown[]>;
  /** Waits until the page was told something of a kind that holds these fields (or is this text). */
  until(kind: string, fields: object | string): Promise<unknown>;
  /** Asks the emulator's own routes. */
  ask<T>(path: string, method?: string, body?: object): Promise<T>;
  calls(): Promise<SeenCall[]>;
  /** Lets the emulator's clock run ahead. */
  passTime(seconds: number): void;
}

export interface PageOptions {
  search?: string;
  ttlSeconds?: number;
  /** Changes the text of Deep Chat's bundle. */
  deepChat?: (bundle: string) => string;
  callers?: string;
  /** The profile's. */
  supervision?: string;
}

const pages = new URL("./pages/deep-chat/", import.meta.url);
const bundle = new URL("../../node_modules/deep-chat/dist/deepChat.bundle.js", import.meta.url);

const configuration = (
  origin: string,
  { ttlSeconds = 60, callers = "{ guests: loopback }", supervision = "none" }: PageOptions,
): string => `
cors: { origins: ["${origin}"] }
callers: ${callers}
profiles:
  default:
    session:
      type: realtime
      model: gpt-realtime-2.1
      audio: { input: { transcription: { model: gpt-transcribe } }, output: { voice: marin } }
    ttl_seconds: ${ttlSeconds}
    supervision: ${supervision}
    tools: [current_time, convert_units]
`;

/** Serves files from memory under a policy that lets the page reach the two services, and nothing else. */
export const servePage = async (files: Record<string, string>, reachable: () => string) => {
  const types: Record<string, string> = { js: "text/javascript", html: "text/html" };
  const server = createServer((request, answer) => {
    const path = new URL(request.url ?? "/", "http://page").pathname;
    const name = path === "/" ? "index.html" : path.slice(1);
    const policy = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self' ${reachable()}`;
    answer.writeHead(files[name] === undefined ? 404 : 200, {
      "content-type": types[name.split(".").pop() ?? ""] ?? "text/plain",
      "content-security-policy": policy,
    });
    answer.end(files[name] ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { origin: `http://127.0.0.1:${port}`, close };
};

/** Opens the page. Use with `await using`. */
export const openDeepChat = async (browser: Browser, options: PageOptions = {}): Promise<DeepChatPage> => {
  let ahead = 0;
  const emulator = await startEmulator({ now: () => Date.now() + ahead });
  const text = await readFile(bundle, "utf8");
  const files = {
    "index.html": await readFile(new URL("index.html", pages), "utf8"),
    "page.js": await readFile(new URL("page.js", pages), "utf8"),
    "watch.js": await readFile(new URL("watch.js", pages), "utf8"),
    "deep-chat.js": options.deepChat?.(text) ?? text,
    "client.js": inject("clientModule"),
  };
  const emulatorOrigin = new URL(emulator.baseUrl).origin;
  const site = await servePage(files, () => `${broker.url} ${emulatorOrigin}`);
  const broker = await createTestBroker({
    openai: emulator.baseUrl,
    yaml: configuration(site.origin, options),
  });

  const context = await browser.newContext();
  const page = await context.newPage();
  const outside: string[] = [];
  const consoleErrors: string[] = [];
  const known = [site.origin, broker.url, emulatorOrigin, "data:", "blob:"];
  page.on("request", (request) => {
    if (!known.some((start) => request.url().startsWith(start))) outside.push(request.url());
  });
  page.on("console", (message) => message.type() === "error" && consoleErrors.push(message.text()));
  page.on("pageerror", (error) => consoleErrors.push(String(error)));
  await page.goto(`${site.origin}/?broker=${broker.url}&${options.search ?? ""}`);
  await page.waitForFunction(() => window.parts);

  const told = (kind: string): Promise<unknown[]> =>
    page.evaluate(
      (wanted) => window.log.filter((entry) => entry.kind === wanted).map((entry) => entry.value),
      kind,
    );
  const ask = async <T>(path: string, method = "GET", body?: object): Promise<T> => {
    const headers = { "content-type": "application/json" };
    const json = body && JSON.stringify(body);
    const answer = await fetch(`${emulatorOrigin}/emulator/${path}`, { method, headers, body: json ?? null });
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  };

  return {
    page,
    broker,
    emulator,
    origin: site.origin,
    outside,
    consoleErrors,
    told,
    async until(kind, fields) {
      const found = await page.waitForFunction(
        ([wanted, expected]) => {
          const fits = (value: unknown) =>
            typeof expected === "string"
              ? value === expected
              : Object.entries(expected).every(([name, part]) => Object(value)[name] === part);
          return window.log.filter((entry) => entry.kind === wanted && fits(entry.value)).at(-1);
        },
        [kind, fields] as const,
        { polling: 50, timeout: 60_000 },
      );
      return (await found.jsonValue())?.value;
    },
    ask,
    calls: async () => (await ask<{ calls: SeenCall[] }>("calls")).calls,
    passTime: (seconds) => {
      ahead += seconds * 1000;
    },
    async [Symbol.asyncDispose]() {
      await context.close();
      await broker.stop();
      await emulator.close();
      site.close();
    },
  };
};
