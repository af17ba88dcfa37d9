// Frameworks that make a model call tools and write objects, unchanged, through the relay.
import { createOpenAI } from "@ai-sdk/openai";
import { HumanMessage, ToolMessage, type UsageMetadata } from "@langchain/core/messages";
import { tool as langChainTool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import {
  Agent,
  tool as agentTool,
  OpenAIChatCompletionsModel,
  OpenAIResponsesModel,
  Runner,
} from "@openai/agents";
import {
  generateImage,
  generateObject,
  generateText,
  isStepCount,
  streamObject,
  streamText,
  tool,
  transcribe,
} from "ai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { silentMicrophone } from "../support/microphone.ts";
import { type EmulatedOpenAi, emulateOpenAi } from "../support/openai.ts";
import { ALICE, clientOf, relayYaml } from "../support/relay-client.ts";

let openai: EmulatedOpenAi;
let broker: TestBroker;
beforeAll(async () => {
  openai = await emulateOpenAi();
  broker = await createTestBroker({ openai: openai.baseUrl, yaml: relayYaml() });
});
afterAll(async () => {
  await broker.stop();
  await openai[Symbol.asyncDispose]();
});

const model = "gpt-5-mini";
const prompt = "What is the weather in Paris?";
const place = z.object({ city: z.string(), unit: z.enum(["celsius", "fahrenheit"]) });
const event = z.object({ title: z.string(), guests: z.array(z.string()).min(2), at: z.iso.datetime() });
const said = "The tool has answered: sunny in Paris";
const execute = ({ city }: z.output<typeof place>) => `sunny in ${city}`;

describe("the Vercel AI SDK", () => {
  const provider = () => createOpenAI({ baseURL: `${broker.url}/v1`, apiKey: ALICE });
  const tools = { get_weather: tool({ description: "The weather.", inputSchema: place, execute }) };
  const asked = { prompt, tools, stopWhen: isStepCount(3), maxRetries: 0 };

  it.each(["chat", "responses"] as const)("runs tools by way of %s, whole and streamed", async (kind) => {
    const { text, steps } = await generateText({ model: provider()[kind](model), ...asked });
    expect([text, steps.length]).toEqual([said, 2]);
    const streamed = streamText({ model: provider()[kind](model), ...asked });
    expect([await streamed.text, (await streamed.steps).length]).toEqual([said, 2]);
  });

  it.each(["chat", "responses"] as const)("makes objects by way of %s, whole and streamed", async (kind) => {
    const of = { model: provider()[kind](model), schema: event, prompt: "Invite two.", maxRetries: 0 };
    expect(event.parse((await generateObject(of)).object).guests).toHaveLength(2);
    const streamed = streamObject(of);
    let parts = 0;
    for await (const _ of streamed.partialObjectStream) parts += 1;
    expect(event.parse(await streamed.object)).toBeDefined();
    expect(parts).toBeGreaterThan(1);
  });

  it("transcribes and draws", async () => {
    const { text } = await transcribe({
      model: provider().transcription("whisper-1"),
      audio: silentMicrophone(),
    });
    expect(text).toBe("(the emulator heard 1.0 s of audio)");
    const { image } = await generateImage({ model: provider().image("gpt-image-1"), prompt: "a boat" });
    expect(image.mediaType).toBe("image/png");
  });
});

describe("the Agents SDK", () => {
  const weather = agentTool({ name: "get_weather", description: "The weather.", parameters: place, execute });
  const models = {
    chat: () => new OpenAIChatCompletionsModel(clientOf(broker), model),
    responses: () => new OpenAIResponsesModel(clientOf(broker), model),
  };
  // Its traces would go to OpenAI itself.
  const runner = new Runner({ tracingDisabled: true });

  it.each(["chat", "responses"] as const)("runs tools by way of %s, whole and streamed", async (kind) => {
    const agent = new Agent({
      name: "Weather",
      instructions: "Help.",
      model: models[kind](),
      tools: [weather],
    });
    const { finalOutput, state } = await runner.run(agent, prompt);
    expect(finalOutput).toBe(said);
    expect(state.usage.totalTokens).toBe(state.usage.inputTokens + state.usage.outputTokens);
    const streamed = await runner.run(agent, prompt, { stream: true });
    await streamed.completed;
    expect(streamed.finalOutput).toBe(said);
  });

  it.each(["chat", "responses"] as const)("makes objects by way of %s", async (kind) => {
    const agent = new Agent({ name: "Host", model: models[kind](), outputType: event });
    const { finalOutput } = await runner.run(agent, "Invite two.");
    expect(finalOutput?.guests).toHaveLength(2);
  });

  it("hands over to another agent that the user names", async () => {
    const other = new Agent({ name: "Billing", model: models.responses() });
    const first = new Agent({ name: "Desk", model: models.responses(), handoffs: [other] });
    const result = await runner.run(first, "Please transfer_to_Billing.");
    expect(result.lastAgent?.name).toBe("Billing");
  });
});

describe("LangChain", () => {
  const chat = (useResponsesApi: boolean) =>
    new ChatOpenAI({
      model,
      apiKey: ALICE,
      configuration: { baseURL: `${broker.url}/v1` },
      maxRetries: 0,
      useResponsesApi,
    });
  const weather = langChainTool(execute, { name: "get_weather", description: "The weather.", schema: place });

  it.each([false, true])("runs tools, by way of responses: %s", async (useResponsesApi) => {
    const bound = chat(useResponsesApi).bindTools([weather]);
    const question = new HumanMessage(prompt);
    const asked = await bound.invoke([question]);
    expect(asked.tool_calls).toMatchObject([
      { name: "get_weather", args: { city: "Paris", unit: "celsius" } },
    ]);
    const [call] = asked.tool_calls ?? [];
    const answer = call && (await weather.invoke({ ...call, type: "tool_call" }));
    if (!ToolMessage.isInstance(answer)) expect.fail("the tool answers");
    const last = await bound.invoke([question, asked, answer]);
    expect(last.text).toBe(said);
    const usage = last.usage_metadata as UsageMetadata | undefined;
    expect(usage?.total_tokens).toBe((usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0));
    let streamed = "";
    for await (const piece of await bound.stream([question, asked, answer])) streamed += piece.text;
    expect(streamed).toBe(said);
  });

  it.each(["jsonSchema", "functionCalling", "jsonMode"] as const)("makes objects by %s", async (method) => {
    const anything = z.looseObject({});
    const structured = chat(false).withStructuredOutput(method === "jsonMode" ? anything : event, { method });
    const made = await structured.invoke("Invite two, as JSON.");
    if (method === "jsonMode") expect(made).toEqual({ answer: "You said: Invite two, as JSON." });
    else expect(event.parse(made).guests).toHaveLength(2);
  });
});
