// What is said is recorded where the operator turned that on, for operators alone, and the caller is told.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { clientOf } from "../support/relay-client.ts";
import { until } from "../support/wait.ts";

const tokens = {
  alice: "alice-0123456789",
  bob: "bob-0123456789-bob",
  olga: "olga-0123456789-olga",
};
const KEY = "sk-proj-0123456789abcdefghijklmnop";
const session = "{ type: realtime, model: gpt-realtime-2.1 }";
const yaml = `
callers:
  tokens:
    - { name: alice, token: ${tokens.alice}, roles: [recorded] }
    - { name: bob, token: ${tokens.bob} }
    - { name: olga, token: ${tokens.olga}, roles: [operator] }
operators: { allow: [role:operator] }
relay:
  recorded: { allow: [role:recorded], record: [prompts, answers] }
  others: { allow: [everyone] }
profiles:
  default: { session: ${session}, tools: [current_time] }
  recorded: { session: ${session}, tools: [convert_units, current_time], record: [tool_arguments, tool_results], allow: [everyone] }
`;
interface Story {
  contents?: { kind: string; text: string; is_cut: boolean }[];
  story: unknown;
}

const start = (openai: string, more = yaml, env = {}) => createTestBroker({ openai, yaml: more, env });
const headersOf = (name: keyof typeof tokens) => ({ authorization: `Bearer ${tokens[name]}` });
const storyOf = async (broker: TestBroker, id: string, name: keyof typeof tokens = "olga") => {
  const ask = () => broker.fetch(`/usage/requests/${id}`, { headers: headersOf(name) });
  await until("the request is in the books", async () => (await ask()).status === 200);
  return (await (await ask()).json()) as Story;
};
const idOf = ({ headers }: Response) =>
  headers.get("x-broker-request-id") ?? headers.get("x-request-id") ?? "";
const chatBody = (content: string) => ({
  model: "gpt-5-mini",
  messages: [{ role: "user" as const, content }],
});

let openai: EmulatedOpenAi;
beforeAll(async () => {
  openai = await emulateOpenAi();
});
afterAll(() => openai[Symbol.asyncDispose]());

describe("a relayed request", () => {
  it("is recorded with its prompt and its answer, without credentials", async () => {
    await using broker = await start(openai.baseUrl);
    const chats = clientOf(broker, { apiKey: tokens.alice }).chat.completions;
    const { data, response } = await chats.create(chatBody(`Is ${KEY} my key?`)).withResponse();
    expect(response.headers.get("x-broker-recorded")).toBe("prompts, answers");
    const { contents = [] } = await storyOf(broker, idOf(response));
    expect(contents.map(({ kind, is_cut }) => [kind, is_cut])).toEqual([
      ["prompts", false],
      ["answers", false],
    ]);
    expect(JSON.parse(contents[0]?.text ?? "")).toEqual(chatBody("Is [redacted] my key?"));
    const said = data.choices[0]?.message.content ?? "none";
    expect(contents[1]?.text).toBe(said.replace(KEY, "[redacted]"));
    expect(JSON.stringify(broker.logs)).not.toContain("my key?");
  });

  it.each(["chat", "response"])("is recorded as a %s that is streamed", async (kind) => {
    await using broker = await start(openai.baseUrl);
    const client = clientOf(broker, { apiKey: tokens.alice });
    const { data, response } =
      kind === "chat"
        ? await client.chat.completions.create({ ...chatBody("Hello"), stream: true }).withResponse()
        : await client.responses.create({ model: "gpt-5-mini", input: "Hello", stream: true }).withResponse();
    let said = "";
    for await (const event of data) {
      if ("choices" in event) said += event.choices[0]?.delta.content ?? "";
      else if (event.type === "response.output_text.delta") said += event.delta;
    }
    const { contents = [] } = await storyOf(broker, idOf(response));
    expect(said.length).toBeGreaterThan(3);
    expect(contents.find((each) => each.kind === "answers")?.text.trim()).toBe(said.trim());
  });

  it("is not recorded under an entry that does not say so", async () => {
    await using broker = await start(openai.baseUrl);
    const client = clientOf(broker, { apiKey: tokens.bob });
    const { response } = await client.chat.completions.create(chatBody("Hello")).withResponse();
    expect(response.headers.get("x-broker-recorded")).toBe(null);
    expect((await storyOf(broker, idOf(response))).contents).toEqual([]);
  });

  it("is shown with what was said to operators alone", async () => {
    await using broker = await start(openai.baseUrl);
    const client = clientOf(broker, { apiKey: tokens.alice });
    const { response } = await client.chat.completions.create(chatBody("my secret plan")).withResponse();
    const own = await storyOf(broker, idOf(response), "alice");
    expect(own.story).toBeDefined();
    expect(own).not.toHaveProperty("contents");
    const headers = headersOf("olga");
    const list = await broker.fetch("/usage/requests", { headers });
    expect(await list.text()).not.toContain("secret plan");
    const other = await broker.fetch(`/usage/requests/${idOf(response)}`, { headers: headersOf("bob") });
    expect(other.status).toBe(404);
  });

  it("is recorded as far as it came where OpenAI refuses it", async () => {
    await using broker = await start(openai.baseUrl);
    const response = await broker.fetch("/v1/chat/completions", {
      method: "POST",
      headers: { ...headersOf("alice"), "content-type": "application/json" },
      body: JSON.stringify({ model: "gpt-5-mini", messages: "none" }),
    });
    expect(response.status).toBe(400);
    const { contents = [] } = await storyOf(broker, idOf(response));
    expect(contents[0]).toMatchObject({ kind: "prompts", text: expect.stringContaining('"none"') });
  });
});

describe("a tool call", () => {
  it("is recorded with its arguments and its result, over HTTP and over MCP", async () => {
    await using broker = await start(openai.baseUrl);
    const query = "/convert_units?value=1&from=mile&to=metre";
    const called = await broker.fetch(query, { headers: headersOf("bob") });
    expect(called.headers.get("x-broker-recorded")).toBe("tool_arguments, tool_results");
    const result = await called.text();
    const overMcp = await broker.fetch("/mcp", {
      method: "POST",
      headers: {
        ...headersOf("bob"),
        ...{ "content-type": "application/json", accept: "application/json, text/event-stream" },
      },
      body: JSON.stringify({
        ...{ jsonrpc: "2.0", id: 1, method: "tools/call" },
        params: { name: "convert_units", arguments: { value: 1, from: "mile", to: "metre" } },
      }),
    });
    for (const answer of [called, overMcp]) {
      const { contents = [] } = await storyOf(broker, idOf(answer));
      expect(contents.map(({ kind }) => kind)).toEqual(["tool_arguments", "tool_results"]);
      expect(JSON.parse(contents[0]?.text ?? "")).toEqual({ value: 1, from: "mile", to: "metre" });
      expect(contents[1]?.text).toBe(result);
    }
  });

  it("is not recorded where the caller may call it through a profile that records nothing", async () => {
    await using broker = await start(openai.baseUrl);
    const called = await broker.fetch("/current_time?time_zone=UTC", { headers: headersOf("bob") });
    expect(called.status).toBe(200);
    expect(called.headers.get("x-broker-recorded")).toBe(null);
    expect((await storyOf(broker, idOf(called))).contents).toEqual([]);
  });
});

it("keeps no more in a day than it may, and says so once", async () => {
  await using broker = await start(openai.baseUrl, yaml, { CONTENTS_BYTES_PER_DAY: "65536" });
  const { completions } = clientOf(broker, { apiKey: tokens.alice }).chat;
  const long = await completions.create(chatBody("word ".repeat(40_000))).withResponse();
  const { contents = [] } = await storyOf(broker, idOf(long.response));
  expect(contents[0]).toMatchObject({ kind: "prompts", is_cut: true });
  const after = await completions.create(chatBody("and more")).withResponse();
  await completions.create(chatBody("and more")).withResponse();
  expect((await storyOf(broker, idOf(after.response))).contents).toEqual([]);
  const told = broker.logs.filter(({ msg }) => msg === "contents-not-kept");
  expect(told).toEqual([expect.objectContaining({ setting: "CONTENTS_BYTES_PER_DAY", reason: "day-full" })]);
});

it("names all entries that cannot be recorded without the books", async () => {
  await expect(start(openai.baseUrl, yaml, { USAGE: "false" })).rejects.toMatchObject({
    problems: [
      expect.stringMatching(/^profiles\.recorded\.record: needs the books/),
      expect.stringMatching(/^relay\.recorded\.record/),
    ],
  });
});
