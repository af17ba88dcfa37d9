// connectRealtime in real Chromium: the documentation's lines, in a conversation with the emulator.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RealtimeConnection } from "../../client/realtime/index.ts";
import { launchChromium } from "../support/chromium.ts";
import { exampleIn } from "../support/documentation.ts";
import { type ClientPage, type ClientPageOptions, openClientPage, reportIn } from "./client-page.ts";

declare global {
  interface Window {
    voice: RealtimeConnection;
  }
}

interface Conversation extends ClientPage {
  /** What the page's console and alerts said, in order. */
  told: string[];
  until(words: string | RegExp): Promise<void>;
  talk(): Promise<void>;
}

let speaking: Browser;
let silent: Browser;
beforeAll(async () => {
  [speaking, silent] = await Promise.all([launchChromium({ microphone: "speech" }), launchChromium()]);
});
afterAll(() => Promise.all([speaking.close(), silent.close()]));

const transcribed =
  "profiles: { default: { tools: [current_time], session: { type: realtime, model: gpt-realtime-2.1, " +
  "audio: { input: { transcription: { model: gpt-transcribe } } } } } }";

/** The page of the documentation. */
const open = async (
  browser: Browser,
  options: Partial<ClientPageOptions> & { change?: (html: string) => string } = {},
): Promise<Conversation> => {
  const { change = (html) => html, ...given } = options;
  const html = change(exampleIn("docs/client.md", "html", "<!-- example: webrtc -->"));
  const page = await openClientPage(browser, { files: { "index.html": html }, yaml: transcribed, ...given });
  const told: string[] = [];
  page.page.on("console", (line) => line.type() === "log" && told.push(line.text()));
  page.page.on("dialog", (dialog) => {
    told.push(dialog.message());
    void dialog.accept();
  });
  const until = (words: string | RegExp) =>
    expect
      .poll(() => told.join("\n"), { timeout: 60_000, interval: 50 })
      .toMatch(typeof words === "string" ? new RegExp(`^${words}`, "m") : words);
  return { ...page, told, until, talk: () => page.page.getByRole("button", { name: "Talk" }).click() };
};

describe("connectRealtime, with a user who speaks", () => {
  it("hears, calls a tool through the service, answers, and is closed without a rest", async () => {
    await using voice = await open(speaking);
    await voice.talk();
    await voice.until("user: .+");
    await voice.until(/^assistant: The tool has answered.*time_zone/m);
    expect(voice.told.slice(0, 2)).toEqual(["connecting", "live"]);
    await voice.page.evaluate(() => window.voice.close());
    await voice.until("stopped");
    expect(await voice.microphones()).toEqual(["ended"]);
    expect(await voice.page.evaluate(() => document.querySelector("audio")?.srcObject)).toBe(null);
    await expect.poll(async () => (await voice.calls()).map(({ open: isOpen }) => isOpen)).toEqual([false]);
    // What was used since the last report comes when the session ends.
    const used = { input: expect.any(Number), output: expect.any(Number), cached: expect.any(Number) };
    await expect.poll(() => reportIn(voice)).toEqual(used);
  });

  it("is not heard while it is muted", async () => {
    await using voice = await open(speaking, {
      change: (html) =>
        html
          .replace("window.voice = await", "const joined = await")
          .replace(
            "});\n    } catch",
            "});\n      joined.mute();\n      window.voice = joined;\n    } catch",
          ),
    });
    await voice.talk();
    await voice.page.waitForFunction(() => window.voice?.muted);
    const heard = async (): Promise<number> => (await voice.calls())[0]?.seconds_of_speech_heard ?? 0;
    // What was said before it was muted may still be on its way.
    const heardInASecond = async (): Promise<number> => {
      const before = await heard();
      await voice.page.waitForTimeout(1000);
      return (await heard()) - before;
    };
    await expect.poll(heardInASecond).toBe(0);
    // Longer than the rest between two questions.
    for (let second = 0; second < 4; second += 1) expect(await heardInASecond()).toBe(0);
    await voice.page.evaluate(() => window.voice.mute(false));
    await expect.poll(heardInASecond).toBeGreaterThan(0);
  });
});

describe("connectRealtime, with a user who writes", () => {
  const write = (voice: Conversation, text: string) =>
    voice.page.evaluate((words) => window.voice.send(words), text);

  it("answers what is written, and is silenced by the next message", async () => {
    await using voice = await open(silent);
    await voice.ask("script", "PUT", {
      turns: [{ says: "I can hear you, loud and clear." }, { says: "Goodbye!" }],
    });
    await voice.talk();
    await voice.until("live");
    await write(voice, "First");
    await voice.page.waitForTimeout(700);
    await write(voice, "Second");
    await voice.until("assistant: Goodbye!");
    const [call] = await voice.calls();
    expect(call?.client_events.map(({ type }) => type)).toEqual([
      ...["output_audio_buffer.clear", "conversation.item.create", "response.create"],
      ...["response.cancel", "output_audio_buffer.clear", "conversation.item.create", "response.create"],
    ]);
    expect(voice.told.filter((line) => line.startsWith("user"))).toEqual(["user: First", "user: Second"]);
  });

  it("needs no microphone", async () => {
    await using voice = await open(silent, {
      change: (html) => html.replace("onTranscript:", "microphone: false, onTranscript:"),
    });
    await voice.talk();
    await voice.until("live");
    await write(voice, "What time is it?");
    await voice.until("assistant: The tool has answered");
    expect(await voice.microphones()).toEqual([]);
  });
});

describe("connectRealtime, in trouble", () => {
  it.each([
    ["the microphone is refused", "NotAllowedError", /may not use the microphone/],
    ["there is no microphone", "NotFoundError", /No microphone/],
  ])("says so when %s, and spends no key", async (_, name, words) => {
    await using voice = await open(silent);
    await voice.page.evaluate((reason) => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", reason));
    }, name);
    await voice.talk();
    await voice.until(words);
    expect(voice.told.slice(0, 2)).toEqual(["connecting", "failed"]);
    expect(voice.broker.logs.some(({ path }) => path === "/ephemeral-key")).toBe(false);
  });

  it("has a sentence for a user whom the service does not know, and releases the microphone", async () => {
    await using voice = await open(silent, {
      callers: '{ tokens: [{ name: ada, token: "the-token-of-the-tests-1" }] }',
    });
    await voice.talk();
    await voice.until("failed\\n[A-Z][^:`_]+\\.$");
    expect(await voice.microphones()).toEqual(["ended"]);
  });

  it.each([
    ["refuses the key", { status: 401 }],
    ["refuses the session", { status: 429 }],
    ["does not answer", { delay_ms: 60_000 }],
  ])("ends and can be started again when OpenAI %s", async (_, fault) => {
    await using voice = await open(silent, {
      change: (html) => html.replace("onTranscript:", "connectTimeoutMs: 6000, onTranscript:"),
    });
    await voice.ask("faults", "POST", { path: "/v1/realtime/calls", ...fault });
    await voice.talk();
    await voice.until("failed\\n[A-Z][^:`_]+\\.$");
    expect(await voice.microphones()).toEqual(["ended"]);
    await voice.talk();
    await voice.until("live");
  });

  it("does not open a session again that the service has ended", async () => {
    await using voice = await open(silent);
    await voice.ask("script", "PUT", { turns: [{ says: "Goodbye!", hang_up: true }] });
    await voice.talk();
    await voice.until("live");
    await voice.page.evaluate(() => window.voice.send("Bye"));
    await voice.until("The conversation has ended");
    await voice.until("failed");
    expect(await voice.microphones()).toEqual(["ended"]);
    expect(voice.told).not.toContain("reconnecting");
  });

  it("is cancelled by its signal while it connects, and releases what it had", async () => {
    await using voice = await open(silent, {
      change: (html) =>
        html
          .replace("onTranscript:", "signal: (window.leave = new AbortController()).signal, onTranscript:")
          .replace("alert(userMessage);\n    }", 'console.log("rejected", userMessage);\n    }'),
    });
    await voice.ask("faults", "POST", { path: "/v1/realtime/calls", delay_ms: 60_000 });
    await Promise.all([voice.page.waitForRequest(/realtime\/calls/), voice.talk()]);
    await voice.page.evaluate(() => (window as unknown as { leave: AbortController }).leave.abort());
    await voice.until("rejected undefined");
    expect(voice.told).toEqual(["connecting", "stopped", "rejected undefined"]);
    expect(await voice.microphones()).toEqual(["ended"]);
  });
});
