// What the bridge does to the rest of the page: nothing. And to another version of Deep Chat: no harm.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openDeepChat } from "./deep-chat-page.ts";

/** The three things that 2.5.0 changed about the wire, made to 2.4.2's bundle. */
const as250 = (bundle: string): string => {
  const changes: [RegExp, string][] = [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the bundle's template
    [/fetch\(`\$\{(\w+)\}realtime`/, "fetch(`${$1}realtime/calls?model=${this.rawBody.model}`"],
    [/"response\.audio_transcript\.(delta|done)"/g, '"response.output_audio_transcript.$1"'],
    [/\[(\w+)\]:"session\.update",session:(\w+)\}/, '[$1]:"session.update",session:{[$1]:"realtime",...$2}}'],
  ];
  return changes.reduce((text, [before, after]) => {
    expect(text).toMatch(before);
    return text.replace(before, after);
  }, bundle);
};

describe("the bridge", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it("leaves the page's own requests and connections alone, also while it starts", async () => {
    await using voice = await openDeepChat(browser);
    const own = await voice.page.evaluate(async () => {
      const sent: string[] = [];
      const ask = async (authorization: string): Promise<void> => {
        const answer = await fetch("/page.js", { headers: { authorization } });
        sent.push(`${answer.status} ${new URL(answer.url).pathname}`);
      };
      const malformed = (): Promise<string> =>
        fetch("/", { headers: { "not a name": "" } }).then(String, String);
      const started = window.bridge.start();
      const peer = new RTCPeerConnection();
      const channel = peer.createDataChannel("oai-events");
      const busy = setInterval(() => void ask("Bearer ek_of_the_page"), 5);
      await Promise.all([started, ask("Bearer mine"), malformed()]);
      clearInterval(busy);
      const untouched = ["createDataChannel", "setLocalDescription", "setRemoteDescription"].every(
        (name) => !Object.hasOwn(peer, name),
      );
      return {
        sent: [...new Set(sent)],
        malformed: await malformed(),
        untouched: untouched && !Object.hasOwn(channel, "send"),
      };
    });
    expect(own).toEqual({
      sent: ["200 /page.js"],
      malformed: expect.stringMatching(/^TypeError/),
      untouched: true,
    });
    const restored = await voice.page.evaluate(() => [
      window.fetch === window.pageFetch,
      window.RTCPeerConnection === window.pagePeer,
      navigator.mediaDevices.getUserMedia === window.pageGetUserMedia,
    ]);
    expect(restored).toEqual([true, true, true]);
    expect(await voice.told("state")).toEqual(["connecting", "live"]);
  });

  it("keeps two elements on one page apart", async () => {
    await using voice = await openDeepChat(browser, { search: "elements=2" });
    await voice.page.evaluate(() => Promise.all(window.parts.map(({ bridge }) => bridge.start())));
    const keys = (await voice.told("key")) as { value: string }[];
    const { requests } = await voice.ask<{
      requests: { path: string; headers: { authorization: string } }[];
    }>("requests");
    const offers = requests.filter(({ path }) => path === "/v1/realtime/calls");
    expect(offers.map(({ headers }) => headers.authorization).sort()).toEqual(
      keys.map(({ value }) => `Bearer ${value}`).sort(),
    );
    await voice.page.evaluate(() => window.parts[0]?.bridge.stop());
    const states = await voice.page.evaluate(() =>
      window.parts.map(({ element }) => element._activeService._pc?.connectionState ?? "none"),
    );
    expect(states).toEqual(["none", "connected"]);
    expect(await voice.page.evaluate(() => window.fetch === window.pageFetch)).toBe(true);
  });

  it("lets go of its element when it is closed, and can be connected anew", async () => {
    await using voice = await openDeepChat(browser);
    await voice.page.evaluate(async () => {
      await window.bridge.start();
      window.bridge.close();
      await window.bridge.start();
    });
    expect(await voice.told("state")).toEqual(["connecting", "live", "stopped"]);
    await voice.page.evaluate(async () => {
      await window.connectDeepChat(window.element, window.broker).start();
    });
    expect((await voice.calls()).filter(({ open }) => open)).toHaveLength(1);
    expect(voice.consoleErrors).toEqual([]);
  });

  it("delivers each thing once under Deep Chat 2.5.0, too", async () => {
    await using voice = await openDeepChat(browser, { deepChat: as250 });
    await voice.ask("script", "PUT", {
      turns: [{ calls: [{ name: "current_time", arguments: { time_zone: "Asia/Tokyo" } }], says: "Done." }],
    });
    await voice.page.evaluate(async () => {
      await window.bridge.start();
      window.methods().updateConfig({ instructions: "Be brief." });
      window.methods().sendMessage("What time is it?", "user");
    });
    await voice.until("message", { role: "ai", text: "Done." });
    expect(await voice.told("message")).toHaveLength(1);
    const finished = (await voice.told("line")) as { final: boolean }[];
    expect(finished.filter(({ final }) => final)).toHaveLength(1);
    const [call] = await voice.calls();
    expect(call?.client_events.map(({ type, item }) => item?.call_id ?? type)).toEqual([
      "session.update",
      "conversation.item.create",
      "response.create",
      expect.stringMatching(/^call_/),
      "response.create",
    ]);
    expect(voice.outside).toEqual([]);
  });
});
