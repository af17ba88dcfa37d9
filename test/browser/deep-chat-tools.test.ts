// The model's function calls through Deep Chat: all of them, once each, and whatever becomes of them.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { type DeepChatPage, openDeepChat } from "./deep-chat-page.ts";

const tokyo = { name: "current_time", arguments: { time_zone: "Asia/Tokyo" } };
const paris = { name: "current_time", arguments: { time_zone: "Europe/Paris" } };
const nowhere = { name: "current_time", arguments: { time_zone: "Mars/Olympus" } };

const ask = async (voice: DeepChatPage, text = "What time is it?"): Promise<void> =>
  voice.page.evaluate((words) => window.methods().sendMessage(words, "user"), text);

const begin = async (browser: Browser, ...turns: object[]): Promise<DeepChatPage> => {
  const voice = await openDeepChat(browser);
  await voice.ask("script", "PUT", { turns });
  await voice.page.evaluate(() => window.bridge.start());
  return voice;
};

/** What reached the model's side since the question, in order. */
const received = async (voice: DeepChatPage) => {
  const [call] = await voice.calls();
  const events = call?.client_events ?? [];
  return events.slice(1 + events.findIndex(({ type }) => type === "response.create"));
};

const outputs = async (voice: DeepChatPage): Promise<string[]> =>
  (await received(voice)).flatMap(({ item }) => item?.output ?? []);

describe("the model's function calls", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it("are both run when there are two behind a spoken preamble, and answered before one request to go on", async () => {
    await using voice = await begin(browser, {
      preamble: "Let me check.",
      calls: [tokyo, paris],
      says: "{answer}",
    });
    await ask(voice);
    const preamble = { role: "assistant", final: true, text: "Let me check." };
    await voice.until("line", preamble);
    await voice.until("message", { role: "ai", text: "Let me check." });
    // Spoken last, so everything the page sends has been sent.
    await voice.page.waitForFunction(
      () => window.log.filter(({ kind, value }) => kind === "line" && Object(value).final).length === 2,
    );
    const events = (await received(voice)).map(({ type, item }) => item?.call_id ?? type);
    expect(events).toEqual([
      expect.stringMatching(/^call_/),
      expect.stringMatching(/^call_/),
      "response.create",
    ]);
    expect(new Set(events).size).toBe(3);
    const answered = (await voice.told("tool")) as { status: string; answer?: { time_zone: string } }[];
    const zones = answered
      .filter(({ status }) => status === "answered")
      .map(({ answer }) => answer?.time_zone);
    expect(zones.sort()).toEqual(["Asia/Tokyo", "Europe/Paris"]);
    const spoken = (await voice.told("line")) as { text: string }[];
    expect(spoken.at(-1)?.text).toMatch(/Asia\/Tokyo.*Europe\/Paris|Europe\/Paris.*Asia\/Tokyo/);
  });

  it("may fail: the model is told why, and the session goes on", async () => {
    const first = { calls: [nowhere, tokyo], says: "Done." };
    await using voice = await begin(browser, first, { says: "Still here." });
    await ask(voice);
    const failed = await voice.until("tool", { status: "failed" });
    expect(failed).toMatchObject({ answer: { error: expect.stringContaining("time_zone") } });
    await voice.until("line", { role: "assistant", final: true, text: "Done." });
    const told = (await outputs(voice)).map((output) => JSON.parse(output));
    expect(told).toContainEqual({ error: expect.stringContaining("/time_zone") });
    expect(told).toContainEqual(expect.objectContaining({ time_zone: "Asia/Tokyo" }));
    await ask(voice, "Are you there?");
    await voice.until("line", { role: "assistant", final: true, text: "Still here." });
    expect(await voice.told("state")).toEqual(["connecting", "live"]);
    expect(await voice.told("error")).toEqual([]);
  });

  it("may have arguments that are no JSON, or name what is no tool", async () => {
    const broken = { name: "current_time", arguments: '{"time_zone":' };
    const calls = [broken, { name: "launch_rocket" }, { name: "ephemeral-key" }];
    await using voice = await begin(browser, { calls, says: "Done." });
    await ask(voice);
    await voice.until("line", { role: "assistant", final: true, text: "Done." });
    const told = (await outputs(voice)).map((output) => JSON.parse(output));
    expect(told).toEqual(Array(3).fill({ error: expect.stringMatching(/\S/) }));
    expect(await voice.told("state")).toEqual(["connecting", "live"]);
  });

  it("survive an error event that does no harm, which the page is told of", async () => {
    await using voice = await begin(browser, {
      soft_error: "That was too fast.",
      calls: [tokyo],
      says: "Done.",
    });
    await ask(voice);
    expect(await voice.until("error", { soft: true })).toMatchObject({ message: "That was too fast." });
    await voice.until("line", { role: "assistant", final: true, text: "Done." });
    expect(await voice.told("state")).toEqual(["connecting", "live"]);
    await voice.page.getByRole("button", { name: "Stop talking" }).waitFor();
  });
});

describe("what Deep Chat sends", () => {
  it("arrives in a shape that the model's side accepts", async () => {
    const browser = await launchChromium();
    await using voice = await begin(browser);
    await voice.page.evaluate(() => {
      window.methods().updateConfig({
        instructions: "Be brief.",
        temperature: 0.8,
        turn_detection: { type: "server_vad" },
      });
      window.methods().sendMessage("I said that before.", "assistant");
    });
    await voice.until("line", { role: "assistant", final: true });
    const [call] = await voice.calls();
    expect(call?.session).toMatchObject({ type: "realtime", instructions: "Be brief." });
    expect(call?.client_events.map(({ type }) => type)).toEqual([
      "session.update",
      "conversation.item.create",
      "response.create",
    ]);
    expect(await voice.told("error")).toEqual([]);
    await browser.close();
  });
});
