// The voice page in a browser, over the real service and an emulator of its own.
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { startEmulator } from "../../emulator/emulator.ts";
import type { Turn } from "../../emulator/script/script.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";

export interface VoicePageOptions {
  /** The text of broker.yaml. */
  yaml?: string;
  /** What the emulator hears and says. */
  turns?: Turn[];
  /** Settings of the service. */
  env?: Record<string, string>;
  context?: BrowserContextOptions;
  /** Runs in the page before anything else. */
  before?: () => void;
  path?: string;
}

export interface VoicePage extends AsyncDisposable {
  page: Page;
  broker: TestBroker;
  /** Policy violations, requests to elsewhere, errors in the console: there must be none. */
  troubles: string[];
  emulator: {
    origin: string;
    fail(fault: object): Promise<void>;
    script(turns: Turn[]): Promise<void>;
    seen<T>(what: string): Promise<T>;
  };
}

const root = new URL("../../", import.meta.url).pathname;
/** A profile that lets the model finish: the fake microphone does not listen before it speaks. */
export const patientProfile = (more = ""): string => `
callers: { guests: loopback }
profiles:
  default:
    session:
      type: realtime
      model: gpt-realtime-2.1
      audio:
        input:
          transcription: { model: gpt-transcribe }
          turn_detection: { type: server_vad, interrupt_response: false }
        output: { voice: marin }
    tools: [current_time, convert_units]
    ${more}
`;

const watch = (page: Page, allowed: Set<string>): string[] => {
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning")
      troubles.push(`${message.type()}: ${message.text()}`);
  });
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== "data:" && !allowed.has(origin)) troubles.push(`request to ${request.url()}`);
  });
  return troubles;
};

// The page plays through an audio element of Deep Chat's own, which is in no document.
const listenIn = (): void => {
  const setter = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    ...setter,
    set(stream: MediaStream | null) {
      setter?.set?.call(this, stream);
      if (!stream) return;
      const context = new AudioContext();
      const analyser = context.createAnalyser();
      context.createMediaStreamSource(stream).connect(analyser);
      const samples = new Float32Array(analyser.fftSize);
      setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        const loudness = Math.sqrt(
          samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length,
        );
        if (loudness > 0.01) document.documentElement.dataset.loudSince ??= String(Date.now());
      }, 40);
    },
  });
  document.addEventListener("securitypolicyviolation", (event) => {
    setTimeout(() => {
      throw new Error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
};

/** Opens the page. When it first was loud, in Unix milliseconds, stands in `<html data-loud-since>`. */
export const openVoicePage = async (browser: Browser, options: VoicePageOptions = {}): Promise<VoicePage> => {
  const emulator = await startEmulator();
  const origin = new URL(emulator.baseUrl).origin;
  const admin = async (method: string, path: string, body?: object): Promise<Response> => {
    const init = { method, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${origin}/emulator${path}`, {
      ...init,
      headers: { "content-type": "application/json" },
    });
    if (!response.ok) throw new Error(await response.text());
    return response;
  };
  const script = async (turns: Turn[]): Promise<void> => void (await admin("PUT", "/script", { turns }));
  if (options.turns) await script(options.turns);
  const yaml = options.yaml ?? patientProfile();
  const broker = await createTestBroker({ openai: emulator.baseUrl, yaml, env: options.env ?? {} });
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options.context });
  const page = await context.newPage();
  const troubles = watch(page, new Set([new URL(broker.url).origin, origin]));
  await page.addInitScript(listenIn);
  if (options.before) await page.addInitScript(options.before);
  await page.goto(new URL(options.path ?? "/", broker.url).href);
  return {
    page,
    broker,
    troubles,
    emulator: {
      origin,
      script,
      fail: async (fault) => void (await admin("POST", "/faults", fault)),
      seen: async (what) => (await admin("GET", `/${what}`)).json(),
    },
    [Symbol.asyncDispose]: async () => {
      await context.close();
      await broker.stop();
      await emulator.close();
    },
  };
};

/** Keeps a picture for people to look at. */
export const shoot = (page: Page, name: string, fullPage = false): Promise<Buffer> =>
  page.screenshot({ path: join(root, "test-output/screenshots", `${name}.png`), fullPage });
