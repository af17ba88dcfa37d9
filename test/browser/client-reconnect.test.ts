// A voice connection that the network loses: the emulator runs as a process of its own, which is halted or killed.
import { type ChildProcess, spawn } from "node:child_process";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RealtimeConnection } from "../../client/realtime/index.ts";
import { launchChromium } from "../support/chromium.ts";
import { exampleIn } from "../support/documentation.ts";
import { openClientPage } from "./client-page.ts";

declare global {
  interface Window {
    voice: RealtimeConnection;
  }
}

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const main = new URL("../../emulator/main.ts", import.meta.url).pathname;

const startEmulatorProcess = async () => {
  const child: ChildProcess = spawn(process.execPath, [main], { env: { PORT: "0" } });
  const baseUrl = await new Promise<string>((resolve, reject) => {
    let output = "";
    child.once("exit", () => reject(new Error(`the emulator ended: ${output}`)));
    child.stdout?.on("data", (chunk) => {
      output += chunk;
      const [, url] = /emulator on (\S+)/.exec(output) ?? [];
      if (url) resolve(url);
    });
  });
  const close = async (): Promise<void> => void child.kill("SIGKILL");
  return { baseUrl, close, signal: (name: NodeJS.Signals) => child.kill(name) };
};

const open = async (options: string) => {
  const emulator = await startEmulatorProcess();
  const html = exampleIn("docs/client.md", "html", "<!-- example: webrtc -->").replace(
    "onTranscript:",
    `${options} onTranscript:`,
  );
  const opened = await openClientPage(browser, { files: { "index.html": html }, emulator });
  const told: string[] = [];
  opened.page.on("console", (line) => line.type() === "log" && told.push(line.text()));
  opened.page.on("dialog", (dialog) => {
    told.push(dialog.message());
    void dialog.accept();
  });
  await opened.page.getByRole("button", { name: "Talk" }).click();
  const until = (lines: string[], timeout = 40_000) =>
    expect.poll(() => told, { timeout, interval: 50 }).toEqual(lines);
  await until(["connecting", "live"]);
  return { ...opened, told, until, emulator };
};

it("is made anew when it is lost, and knows what was spoken of", async () => {
  await using voice = await open("");
  await voice.ask("script", "PUT", { turns: [{ says: "Tell me more." }] });
  await voice.page.evaluate(() => window.voice.send("My name is Ada."));
  const before = ["connecting", "live", "user: My name is Ada.", "assistant: Tell me more."];
  await voice.until(before);
  voice.emulator.signal("SIGSTOP");
  await voice.until([...before, "reconnecting"]);
  voice.emulator.signal("SIGCONT");
  await voice.until([...before, "reconnecting", "live"]);
  expect(await voice.microphones()).toEqual(["live"]);
  const calls = await voice.calls();
  expect(calls).toHaveLength(2);
  const told = calls.at(-1)?.client_events.map(({ item }) => [item?.role, item?.content?.[0]?.text]);
  expect(told).toEqual([
    ["user", "My name is Ada."],
    ["assistant", "Tell me more."],
  ]);
  await voice.page.evaluate(() => window.voice.send("And yours?"));
  await voice.until([...before, "reconnecting", "live", "user: And yours?", "assistant: Tell me more."]);
});

it("is given up after as many failures as the page allows, and the microphone is released", async () => {
  await using voice = await open("reconnects: 2,");
  voice.emulator.signal("SIGKILL");
  await voice.until([
    ...["connecting", "live", "reconnecting"],
    ...["Voice is not available at the moment. Please try again in a minute.", "failed"],
  ]);
  expect(await voice.microphones()).toEqual(["ended"]);
});
