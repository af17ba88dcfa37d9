// Debian's Chromium with a microphone that nobody has to speak into.
import { existsSync, rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { silentMicrophone, spokenQuestion } from "./microphone.ts";

export interface ChromiumOptions {
  /**
   * "speech": a second of silence, a question of 1.5 s, three seconds of silence, again and again.
   * "beeps": Chromium's own, which the emulator takes for a user who speaks now and then.
   * "silence", the default.
   */
  microphone?: "speech" | "beeps" | "silence";
}

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--autoplay-policy=no-user-gesture-required",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  // Chromium leaves the loopback interface out of its calls, and a machine without a network has no other.
  "--allow-loopback-in-peer-connection",
];

/** Where Chromium is, if it is. */
export const findChromium = (): string | undefined => {
  // A test's set-up, not the service: there are no settings to go through.
  // biome-ignore lint/style/noProcessEnv: the search path is the question here
  const folders = ["/usr/bin", ...(process.env.PATH ?? "").split(delimiter)];
  return folders.map((folder) => join(folder, "chromium")).find((path) => existsSync(path));
};

/** How long a page's elements and events are waited for, where several browsers share the processors. */
const PAGE_MS = 90_000;

const start = async (microphone: keyof typeof sounds): Promise<Browser> => {
  const folder = await mkdtemp(join(tmpdir(), "microphone-"));
  const file = join(folder, "microphone.wav");
  await writeFile(file, await sounds[microphone]());
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: [...args, `--use-file-for-fake-audio-capture=${file}`],
  });
  browser.on("context", (context) => context.setDefaultTimeout(PAGE_MS));
  browser.once("disconnected", () => running.delete(microphone));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return browser;
};

const sounds = { speech: spokenQuestion, silence: silentMicrophone };

/** Those of this process, by their microphone. They end with it. */
const running = new Map<keyof typeof sounds, Promise<Browser>>();

/**
 * A browser; its fake microphone is allowed without asking. The test files that one process runs after one another share it, since
 * a start takes a second of processor time: `close` ends all that was opened in it, and keeps the browser for the next file.
 */
export const launchChromium = async ({ microphone = "silence" }: ChromiumOptions = {}): Promise<Browser> => {
  if (microphone === "beeps") return chromium.launch({ executablePath: chromiumPath(), args });
  const started = running.get(microphone) ?? start(microphone);
  running.set(microphone, started);
  return lend(await started);
};

const lend = (browser: Browser): Browser => {
  const close = async (): Promise<void> => {
    await Promise.all(browser.contexts().map((context) => context.close()));
  };
  return new Proxy(browser, {
    get: (target, name) => {
      if (name === "close") return close;
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
};

const chromiumPath = (): string => {
  const path = findChromium();
  if (path) return path;
  throw new Error("Chromium is missing. As root: apt-get update && apt-get install -y chromium");
};
