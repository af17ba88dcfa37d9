// OpenAI's Agents SDK as its own documentation uses it, without the client module: supervised sessions keep their profile.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { bundlePage, type ClientPage, openClientPage } from "./client-page.ts";

const yaml = `
profiles:
  default:
    supervision: enforce
    tools: [{ name: current_time, run: server }]
    session:
      type: realtime
      model: gpt-realtime-2.1
      instructions: You sell shoes.
`;

const code = `
import { RealtimeAgent, RealtimeSession } from "@openai/agents-realtime";
const { value, connect } = await (await fetch("https://broker.example.com/ephemeral-key")).json();
const session = new RealtimeSession(new RealtimeAgent({ name: "Assistant" }));
window.said = [];
window.seen = [];
session.on("transport_event", (event) => {
  window.seen.push(event);
  if (event.type === "response.output_audio_transcript.done") window.said.push(event.transcript);
});
session.on("error", () => {});
await session.connect({ apiKey: value, url: connect.webrtc });
window.ask = (text) => session.sendMessage(text);
`;

let browser: Browser;
let script: string;
beforeAll(async () => {
  [browser, script] = await Promise.all([launchChromium(), bundlePage(code)]);
});
afterAll(() => browser.close());

const open = async (): Promise<ClientPage> => {
  const html = '<script type="module" src="/page.js"></script>';
  const client = await openClientPage(browser, { files: { "index.html": html, "page.js": script }, yaml });
  await client.page.waitForFunction(() => "ask" in window);
  return client;
};
const ask = ({ page }: ClientPage, text: string) =>
  page.evaluate((words) => (window as unknown as { ask(text: string): void }).ask(words), text);
const said = ({ page }: ClientPage) => page.evaluate(() => window.said);

interface SeenEvent {
  type: string;
  item_id?: string;
  item?: { id: string; output?: string };
}

interface Answered {
  open: boolean;
  session: { instructions: string; tools: { name: string }[] };
  responses: { instructions: string }[];
}
const call = async (client: ClientPage) => (await client.calls())[0] as unknown as Answered;

it("its empty instructions and tools are put right before the first word", async () => {
  await using client = await open();
  await ask(client, "Who are you?");
  await expect.poll(async () => (await said(client)).length).toBe(1);
  const { session, responses } = await call(client);
  expect(responses.map(({ instructions }) => instructions)).toEqual(["You sell shoes.", "You sell shoes."]);
  expect(session).toMatchObject({ instructions: "You sell shoes.", tools: [{ name: "current_time" }] });
});

/** The tools' outputs that stand in the conversation, as the page saw it. */
const outputs = ({ page }: ClientPage): Promise<string[]> =>
  page.evaluate(() => {
    const { seen } = window as unknown as { seen: SeenEvent[] };
    const gone = seen.flatMap(({ type, item_id: id }) => (type === "conversation.item.deleted" ? [id] : []));
    return seen.flatMap(({ type, item }) =>
      type === "conversation.item.added" && item?.output && !gone.includes(item.id) ? [item.output] : [],
    );
  });

it("tools that the service runs are answered by it alone, though the SDK says that it has none", async () => {
  await using client = await open();
  const requests: string[] = [];
  client.page.on("request", (request) => requests.push(request.url()));
  const zones = ["Asia/Tokyo", "Europe/Paris", "Asia/Seoul"];
  for (const [index, zone] of zones.entries()) {
    const call = { name: "current_time", arguments: { time_zone: zone } };
    await client.ask("script", "PUT", { turns: [{ calls: [call], says: "{answer}" }] });
    await ask(client, "What time is it?");
    await expect.poll(async () => (await said(client)).length).toBeGreaterThan(index);
    await expect.poll(() => outputs(client)).toHaveLength(index + 1);
    expect((await outputs(client)).at(-1)).toContain(zone);
  }
  expect(requests).toEqual([]);
  expect((await call(client)).open).toBe(true);
});
