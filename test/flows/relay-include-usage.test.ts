// The usage that the service asks for in streamed chats, where much goes wrong: nobody sees that it was asked for.
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { type Behaviour, fakeOpenAi, refusing } from "../support/fake-openai.ts";
import { ALICE, relayYaml } from "../support/relay-client.ts";

const ask = (broker: TestBroker, body: string) =>
  broker.fetch("/v1/chat/completions", {
    method: "POST",
    headers: { authorization: `Bearer ${ALICE}`, "content-type": "application/json" },
    body,
  });
const chat = (content: string, more = "") =>
  `{"model":"gpt-5-mini","temperature":0,"messages":[{"role":"user","content":"${content}"}],"stream":true${more}}`;

const usage = '{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}';
const chunk = (content: string, more = ',"usage":null') =>
  `{"choices":[{"index":0,"delta":{"content":${JSON.stringify(content)}}}]${more}}`;
const stream = (data: readonly string[], end = "\n\n") => data.map((each) => `data: ${each}${end}`).join("");
/** Contents that look like the end of an event, or like usage. */
const tricky = [
  '"usage":null}',
  `\n\ndata: ${usage}\n\n`,
  "\0",
  '\\"usage\\":{}',
  ',"usage":null}\n\n',
  "\u2028",
];

it.each(["\n\n", "\r\n\r\n"])(
  "is not seen in a stream that comes byte by byte, its lines ended by %j",
  async (end) => {
    const all = stream([...tricky.map((each) => chunk(each)), usage, "[DONE]"], end);
    await using openai = await fakeOpenAi(async (answer) => {
      answer.writeHead(200, { "content-type": "text/event-stream" });
      for (const byte of Buffer.from(all)) if (!answer.write(Buffer.of(byte))) await nextTurn();
      answer.end();
    });
    await using broker = await createTestBroker({ openai: openai.baseUrl, yaml: relayYaml() });
    const expected = stream([...tricky.map((each) => chunk(each, "")), "[DONE]"], end);
    expect(await (await ask(broker, chat("Hello"))).text()).toBe(expected);
    expect(broker.logs.at(-1)).toMatchObject({ tokens: { input: 3, output: 2 } });
    const asking = chat("Hello", ',"stream_options":{"include_usage":true}');
    expect(await (await ask(broker, asking)).text()).toBe(all);
  },
);

it.each([100, 300_000, 9_000_000])(
  "is asked for once in a body of %i bytes that two keys get",
  async (size) => {
    const behaviours: Behaviour[] = [refusing(500), (answer) => void answer.end("{}")];
    await using openai = await fakeOpenAi((...request) => behaviours.shift()?.(...request));
    const key = (name: string) => `{ name: ${name}, secret: sk-${name}, base_url: "${openai.baseUrl}" }`;
    const yaml = relayYaml(undefined, `upstream_keys: [${key("one")}, ${key("two")}]`);
    await using broker = await createTestBroker({ openai: openai.baseUrl, yaml });
    const body = chat("é".repeat(size / 2));
    expect((await ask(broker, body)).status).toBe(200);
    const expected = Buffer.from(`{"stream_options":{"include_usage":true},${body.slice(1)}`);
    expect(openai.asked.length).toBe(2);
    for (const asked of openai.asked) {
      expect(Buffer.from(asked.body, "latin1").equals(expected)).toBe(true);
      expect(asked.headers["content-length"]).toBe(String(expected.length));
    }
  },
);

it("is not seen by those who join a shared stream in the middle of the chunk that tells it", async () => {
  const all = stream([chunk("a"), usage, "[DONE]"]);
  const middle = all.indexOf("prompt_tokens");
  const goOn = Promise.withResolvers<void>();
  await using openai = await fakeOpenAi(async (answer) => {
    answer.writeHead(200, { "content-type": "text/event-stream" }).write(all.slice(0, middle));
    await goOn.promise;
    answer.end(all.slice(middle));
  });
  const yaml = relayYaml("{ all: { allow: [everyone], cache_seconds: 60 } }");
  await using broker = await createTestBroker({ openai: openai.baseUrl, yaml });
  const first = await ask(broker, chat("Hello"));
  const joined = await ask(broker, chat("Hello"));
  goOn.resolve();
  const texts = await Promise.all([first, joined].map((each) => each.text()));
  const later = await ask(broker, chat("Hello"));
  expect(new Set([...texts, await later.text()])).toEqual(new Set([stream([chunk("a", ""), "[DONE]"])]));
  const outcomes = [first, joined, later].map(({ headers }) => headers.get("x-broker-cache"));
  expect(outcomes).toEqual(["miss", "joined", "hit"]);
  expect(openai.asked.length).toBe(1);
});
