// Tool calls and structured output of chat completions, judged by OpenAI's own package.
import OpenAI from "openai";
import { zodFunction, zodResponseFormat } from "openai/helpers/zod";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";

let emulator: Emulator;
let client: OpenAI;
beforeAll(async () => {
  emulator = await startEmulator();
  client = new OpenAI({ baseURL: emulator.baseUrl, apiKey: "sk-test", maxRetries: 0 });
});
afterAll(() => emulator.close());

const model = "gpt-5-mini";
const messages = [{ role: "user" as const, content: "What is the weather in Paris?" }];
const place = z.object({ city: z.string(), unit: z.enum(["celsius", "fahrenheit"]) });
const event = z.object({
  title: z.string().max(40),
  at: z.iso.datetime(),
  guests: z.array(z.object({ name: z.string(), mail: z.email().nullable() })).min(2),
});

const script = (turns: object[]) =>
  fetch(new URL("/emulator/script", emulator.baseUrl), { method: "PUT", body: JSON.stringify({ turns }) });

describe("chat completions", () => {
  const tools = [
    zodFunction({ name: "get_weather", parameters: place, function: ({ city }) => `sunny in ${city}` }),
    zodFunction({ name: "get_time", parameters: z.object({}), function: () => "noon" }),
  ];
  const plain = tools.map(({ type, function: made }) => ({ type, function: made }));

  it.each([false, true])("run the package's tools to a last answer, streamed: %s", async (stream) => {
    const runner = client.chat.completions.runTools({
      model,
      messages,
      tools,
      ...(stream && { stream }),
    } as never);
    const asked: unknown[] = [];
    runner.on("functionToolCall", (call: unknown) => asked.push(call));
    expect(await runner.finalContent()).toBe("The tool has answered: sunny in Paris");
    expect(asked).toMatchObject([{ name: "get_weather", arguments: '{"city":"Paris","unit":"celsius"}' }]);
    const usage = await runner.totalUsage();
    expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
  });

  it.each<[string, object, string | undefined, string]>([
    ["the first", {}, "get_weather", "tool_calls"],
    [
      "the one that the user names",
      { messages: [{ role: "user", content: "Use get_time." }] },
      "get_time",
      "tool_calls",
    ],
    ["none", { tool_choice: "none" }, undefined, "stop"],
    ["one that must be", { tool_choice: "required" }, "get_weather", "tool_calls"],
    [
      "the one that must be",
      { tool_choice: { type: "function", function: { name: "get_time" } } },
      "get_time",
      "stop",
    ],
    [
      "one of those that may be",
      {
        tool_choice: {
          type: "allowed_tools",
          allowed_tools: { mode: "auto", tools: [{ type: "function", function: { name: "get_time" } }] },
        },
      },
      "get_time",
      "tool_calls",
    ],
  ])("call %s", async (_, more, name, finish) => {
    const whole = await client.chat.completions.create({ model, messages, tools: plain, ...more });
    const [call] = whole.choices[0]?.message.tool_calls ?? [];
    expect([
      call?.type === "function" ? call.function.name : undefined,
      whole.choices[0]?.finish_reason,
    ]).toEqual([name, finish]);
    const streamed = await client.chat.completions
      .stream({ model, messages, tools: plain, ...more })
      .finalChatCompletion();
    const ids = { id: expect.any(String) };
    expect(streamed.choices[0]?.message).toMatchObject({
      content: whole.choices[0]?.message.content,
      ...(call && { tool_calls: [{ ...call, ...ids }] }),
    });
  });

  it.each([false, true])("are parsed into the schema's object, streamed: %s", async (isStreamed) => {
    const asked = { model, messages, response_format: zodResponseFormat(event, "event") };
    const completion = isStreamed
      ? await client.chat.completions.stream(asked).finalChatCompletion()
      : await client.chat.completions.parse(asked);
    expect(event.parse(completion.choices[0]?.message.parsed).guests).toHaveLength(2);
  });

  it("are any JSON where no schema is given", async () => {
    const asked = { model, response_format: { type: "json_object" as const } };
    const { choices } = await client.chat.completions.create({
      ...asked,
      messages: [{ role: "user", content: "As JSON." }],
    });
    expect(JSON.parse(choices[0]?.message.content ?? "")).toEqual({ answer: "You said: As JSON." });
    await expect(client.chat.completions.create({ ...asked, messages })).rejects.toThrow(
      /must contain the word 'json'/,
    );
  });

  it("end at the limit of tokens", async () => {
    const { choices, usage } = await client.chat.completions.create({
      model,
      messages,
      max_completion_tokens: 2,
    });
    expect(choices[0]).toMatchObject({ finish_reason: "length", message: { content: "You said" } });
    expect(usage?.completion_tokens).toBe(2);
    const parse = client.chat.completions.parse({
      model,
      messages,
      max_tokens: 3,
      response_format: zodResponseFormat(event, "event"),
    });
    await expect(parse).rejects.toThrow("length limit was reached");
  });

  it("follow the script, by the number of the user's message", async () => {
    const calls = [
      { name: "get_weather", arguments: { city: "Rome" } },
      { name: "get_time", arguments: "{broken" },
    ];
    await script([
      { preamble: "Let me check.", calls, says: "Both: {answer}" },
      { refuses: "I can't help with that." },
    ]);
    const first = await client.chat.completions.create({ model, messages, tools: plain });
    const message = first.choices[0]?.message;
    expect(message).toMatchObject({
      content: "Let me check.",
      tool_calls: [{ function: { arguments: '{"city":"Rome"}' } }, { function: { arguments: "{broken" } }],
    });
    const outputs = (message?.tool_calls ?? []).map(({ id }, index) => ({
      role: "tool" as const,
      tool_call_id: id,
      content: `answer ${index}`,
    }));
    const said = [...messages, ...(message ? [message] : []), ...outputs];
    const second = await client.chat.completions.create({ model, messages: said, tools: plain });
    expect(second.choices[0]?.message.content).toBe("Both: answer 0; answer 1");
    const more = [
      ...said,
      ...(second.choices[0] ? [second.choices[0].message] : []),
      { role: "user" as const, content: "Do wrong." },
    ];
    for (const third of [
      await client.chat.completions.create({ model, messages: more }),
      await client.chat.completions.stream({ model, messages: more }).finalChatCompletion(),
    ])
      expect(third.choices[0]?.message).toMatchObject({ content: null, refusal: "I can't help with that." });
    await script([]);
  });
});
