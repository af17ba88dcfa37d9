// Starting, stopping, failing and starting again: never stuck, never left open, never on an old key.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { type DeepChatPage, openDeepChat } from "./deep-chat-page.ts";

const start = ({ page }: DeepChatPage): Promise<void> => page.evaluate(() => window.bridge.start());

// Everything that one session had open, as it is now.
const remember = ({ page }: DeepChatPage): Promise<void> =>
  page.evaluate(() => {
    const { _pc, _mediaStream } = window.element._activeService;
    window.opened = { peer: _pc, stream: _mediaStream };
  });
const remains = ({ page }: DeepChatPage) =>
  page.evaluate(() => ({
    peer: window.opened.peer?.connectionState,
    tracks: window.opened.stream?.getTracks().map((track) => track.readyState),
  }));
const nothing = { peer: "closed", tracks: ["ended"] };

const shown = ({ page }: DeepChatPage) =>
  page.evaluate(() => {
    const text = (part: string) => {
      const element = window.element.shadowRoot?.getElementById(`deep-chat-openai-realtime-${part}`);
      return element?.checkVisibility() ? element.textContent : "";
    };
    return { error: text("error"), loading: text("loading") };
  });

const mints = async (voice: DeepChatPage): Promise<number> => {
  const { requests } = await voice.ask<{ requests: { path: string }[] }>("requests");
  return requests.filter(({ path }) => path.endsWith("client_secrets")).length;
};

describe("a Deep Chat session", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it("starts again after its key has expired, with a fresh one", async () => {
    await using voice = await openDeepChat(browser);
    await start(voice);
    await remember(voice);
    await voice.page.evaluate(() => window.bridge.stop());
    expect(await remains(voice)).toEqual(nothing);
    expect(await voice.told("sts-session-stopped")).toHaveLength(1);
    voice.passTime(61);
    await voice.page.getByRole("button", { name: "Start talking" }).click();
    await voice.page.waitForFunction(() => window.log.filter(({ value }) => value === "live").length === 2);
    const keys = (await voice.told("key")) as { value: string }[];
    expect(keys).toHaveLength(2);
    expect(keys[0]?.value).not.toBe(keys[1]?.value);
    expect(await voice.told("state")).toEqual(["connecting", "live", "stopped", "connecting", "live"]);
    expect((await voice.calls()).map(({ open }) => open).sort()).toEqual([false, true]);
  });

  it("closes microphone and connection when its element leaves the page, but not when it is moved", async () => {
    await using voice = await openDeepChat(browser);
    await start(voice);
    await remember(voice);
    await voice.page.evaluate(() => document.body.append(window.element));
    expect(await voice.told("state")).toEqual(["connecting", "live"]);
    await voice.page.evaluate(() => document.body.replaceChildren());
    await voice.until("state", "stopped");
    expect(await remains(voice)).toEqual(nothing);
  });

  it("is one connection, however often it is started, and stays when the page sets another property", async () => {
    await using voice = await openDeepChat(browser, { search: "autostart" });
    await voice.until("state", "live");
    await voice.page.evaluate(async () => {
      Object.assign(window.element, { introMessage: { text: "Hello" }, chatStyle: { color: "black" } });
      await Promise.all([window.bridge.start(), window.bridge.start()]);
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    expect(await voice.calls()).toHaveLength(1);
    expect(await mints(voice)).toBe(1);
    expect(await voice.told("state")).toEqual(["connecting", "live"]);
  });

  it("that is stopped before it has begun never begins, and the next one does", async () => {
    await using voice = await openDeepChat(browser);
    await voice.ask("faults", "POST", { path: "/v1/realtime/calls", delay_ms: 500 });
    await voice.page.evaluate(async () => {
      const { bridge } = window;
      void bridge.start();
      bridge.stop();
      void bridge.start();
    });
    await voice.until("key", {});
    await voice.page.evaluate(() => window.bridge.stop());
    await start(voice);
    expect(await voice.told("state")).toEqual(["connecting", "stopped", "connecting", "live"]);
    expect(await voice.told("error")).toEqual([]);
    expect(await voice.told("sts-session-started")).toHaveLength(1);
  });

  it("that the service refuses a key says why to the developer, has a sentence for the user, and can be tried again", async () => {
    const callers = '{ tokens: [{ name: ada, token: "the-token-of-the-tests-1" }] }';
    await using voice = await openDeepChat(browser, { callers });
    const warnings: string[] = [];
    voice.page.on("console", (line) => line.type() === "warning" && warnings.push(line.text()));
    await start(voice);
    const error = await voice.until("error", { soft: false });
    expect(error).toMatchObject({ message: expect.stringMatching(/^Credentials are needed: /) });
    const { message, userMessage } = error as { message: string; userMessage: string };
    expect(await shown(voice)).toEqual({ error: userMessage, loading: "" });
    expect(userMessage).toMatch(/^[A-Z][^:`_]+\.$/);
    expect(warnings).toEqual([message]);
    await voice.page.screenshot({ path: "test-output/deep-chat-refused.png" });
    await voice.page.getByRole("button", { name: "Start talking" }).click();
    await voice.page.waitForFunction(() => window.log.filter(({ value }) => value === "failed").length === 2);
    expect(await voice.told("state")).toEqual(["connecting", "failed", "connecting", "failed"]);
    expect(await mints(voice)).toBe(0);
  });

  it("that OpenAI refuses a key says so, and the next start works", async () => {
    await using voice = await openDeepChat(browser);
    await voice.ask("faults", "POST", { path: "/v1/realtime/client_secrets", status: 403 });
    await start(voice);
    expect(await voice.until("error", { soft: false })).toMatchObject({
      message: expect.stringContaining("OpenAI"),
    });
    await start(voice);
    expect(await voice.told("state")).toEqual(["connecting", "failed", "connecting", "live"]);
    expect(await shown(voice)).toEqual({ error: "", loading: "" });
  });

  it.each([
    [401, /did not accept the key/],
    [429, /refused the session \(429\): Rate limit reached/],
  ])("whose offer is refused with %i ends in words, and the next start works", async (status, words) => {
    await using voice = await openDeepChat(browser);
    await voice.ask("faults", "POST", { path: "/v1/realtime/calls", status });
    await start(voice);
    expect(await voice.until("error", { soft: false })).toMatchObject({
      message: expect.stringMatching(words),
    });
    await start(voice);
    expect(await voice.told("state")).toEqual(["connecting", "failed", "connecting", "live"]);
  });

  it("that nobody answers ends in words, not in Loading", async () => {
    await using voice = await openDeepChat(browser, { search: "timeout=1000" });
    await voice.ask("faults", "POST", { path: "/v1/realtime/calls", delay_ms: 10_000 });
    await start(voice);
    expect(await voice.until("error", { soft: false })).toMatchObject({
      message: expect.stringContaining("No connection within 1 s"),
    });
    expect((await shown(voice)).loading).toBe("");
  });

  it("that the other side ends is over, and says so", async () => {
    await using voice = await openDeepChat(browser);
    await voice.ask("script", "PUT", { turns: [{ says: "Goodbye!", hang_up: true }] });
    await start(voice);
    await remember(voice);
    await voice.page.evaluate(() => window.methods().sendMessage("Bye", "user"));
    await voice.until("state", "failed");
    expect(await voice.told("error")).toEqual([
      {
        message: "The voice service ended the session.",
        userMessage: "The conversation has ended. Start again to go on.",
        soft: false,
      },
    ]);
    expect(await remains(voice)).toEqual(nothing);
  });

  it("is not begun without a microphone, and no key is spent on it", async () => {
    await using voice = await openDeepChat(browser);
    await voice.page.evaluate(() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
    });
    await start(voice);
    expect(await voice.until("error", { soft: false })).toMatchObject({
      message: expect.stringContaining("may not use the microphone"),
    });
    expect(await mints(voice)).toBe(0);
  });
});
