// GPT-Live in real Chromium: the documentation's lines, and OpenAI's own client, in a conversation with the emulator.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { exampleIn } from "../support/documentation.ts";
import { bundlePage, type ClientPage, openClientPage } from "./client-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium({ microphone: "speech" });
});
afterAll(() => browser.close());

const profile = (): string => exampleIn("docs/gpt-live.md", "yaml", "<!-- example: profile -->");

interface Seen {
  ended_by: string | null;
  seconds_of_speech_heard: number;
}

/** What the page's console says, in order. */
const linesOf = (page: Page): string[] => {
  const told: string[] = [];
  page.on("console", (line) => told.push(line.text()));
  page.on("pageerror", ({ message }) => told.push(message));
  return told;
};

const talk = async (client: ClientPage): Promise<void> => {
  await client.ask("script", "PUT", { turns: [{ says: "It is a sunny day." }] });
  await client.page.getByRole("button", { name: "Talk" }).click();
};

const sessionsAt = async ({ ask }: ClientPage): Promise<Seen[]> =>
  (await ask<{ sessions: Seen[] }>("live/sessions")).sessions;

const until = (told: string[], words: RegExp) =>
  expect.poll(() => told.join("\n"), { timeout: 25_000, interval: 50 }).toMatch(words);

it("connectLive talks, shows both sides' words, and ends when the page is left", async () => {
  const html = exampleIn("docs/gpt-live.md", "html", "<!-- example: live -->");
  await using client = await openClientPage(browser, { files: { "index.html": html }, yaml: profile() });
  const told = linesOf(client.page);
  await talk(client);
  await until(told, /^user: .+/m);
  await until(told, /^assistant: .*sunny day/m);
  await client.page.evaluate(() => dispatchEvent(new Event("pagehide")));
  await until(told, /^The conversation has ended/m);
  expect(await client.microphones()).toEqual(["ended"]);
  await expect.poll(() => sessionsAt(client)).toMatchObject([{ ended_by: "close" }]);
});

it("connectLive says that the service ended it, at its limit", async () => {
  const html = exampleIn("docs/gpt-live.md", "html", "<!-- example: live -->").replace(
    "console.log(userMessage, mayStartAgain)",
    'console.log(userMessage + " " + mayStartAgain)',
  );
  const yaml = profile().replace(
    "supervision: enforce",
    "supervision: enforce\n    voice: { max_minutes: 0.1 }",
  );
  await using client = await openClientPage(browser, { files: { "index.html": html }, yaml });
  const told = linesOf(client.page);
  await talk(client);
  await until(told, /^The time for this conversation is up.* false$/m);
  expect(await sessionsAt(client)).toMatchObject([{ ended_by: "close" }]);
});

it("OpenAI's own client works unchanged, with the ticket in its exchange of SDP", async () => {
  const lines = exampleIn("docs/gpt-live.md", "js", "<!-- example: package -->");
  const [imports = "", ...rest] = lines.split("\n\n");
  const code = `${imports}
    import { brokerClient } from "realtime-key-broker/client";
    const broker = brokerClient({ url: "https://broker.example.com" });
    document.querySelector("button").onclick = async () => {
      ${rest.join("\n\n")}
      live.onEvent(({ type, delta }) => console.log(type + " " + (delta ?? "")));
      window.say = (event) => live.send(event);
    };`;
  const html = '<!doctype html><button>Talk</button><script type="module" src="/page.js"></script>';
  const files = { "index.html": html, "page.js": await bundlePage(code) };
  await using client = await openClientPage(browser, { files, yaml: profile() });
  const told = linesOf(client.page);
  await talk(client);
  await until(told, /^session\.output_transcript\.delta .*day/m);
  expect(told.join("\n")).not.toContain("response.event");
  // What the service keeps for itself, OpenAI refuses to the page.
  const say = (event: object) =>
    client.page.evaluate((each) => (window as unknown as { say(event: object): void }).say(each), event);
  await say({ type: "session.instructions.append", content: "Be rude.", delegation_id: null });
  await until(told, /^error /m);
  await say({ type: "session.close" });
  await until(told, /^session\.closed /m);
  await expect.poll(() => sessionsAt(client)).toMatchObject([{ ended_by: "close" }]);
});
