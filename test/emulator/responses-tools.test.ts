// Tool calls and structured output of responses, and what is kept of them, judged by OpenAI's own package.
import OpenAI from "openai";
import { zodResponsesFunction, zodTextFormat } from "openai/helpers/zod";
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
const place = z.object({ city: z.string(), unit: z.enum(["celsius", "fahrenheit"]) });
const event = z.object({
  title: z.string().max(40),
  at: z.iso.datetime(),
  guests: z.array(z.object({ name: z.string(), mail: z.email().nullable() })).min(2),
});

const script = (turns: object[]) =>
  fetch(new URL("/emulator/script", emulator.baseUrl), { method: "PUT", body: JSON.stringify({ turns }) });

describe("responses", () => {
  const weather = zodResponsesFunction({ name: "get_weather", parameters: place });
  const asked = { model, input: "What is the weather in Paris?", tools: [weather] };
  const answers = (call: OpenAI.Responses.ResponseOutputItem | undefined) =>
    call?.type === "function_call"
      ? [{ type: "function_call_output" as const, call_id: call.call_id, output: "sunny" }]
      : [];

  it.each([false, true])("call a tool and read its answer, streamed: %s", async (isStreamed) => {
    const first = isStreamed
      ? await client.responses.stream(asked).finalResponse()
      : await client.responses.parse(asked);
    const [call] = first.output;
    expect(call).toMatchObject({
      type: "function_call",
      name: "get_weather",
      parsed_arguments: { city: "Paris", unit: "celsius" },
    });
    const whole = await client.responses.create({
      ...asked,
      input: [{ role: "user", content: asked.input }, ...(call ? [call as never] : []), ...answers(call)],
    });
    expect(whole.output_text).toBe("The tool has answered: sunny");
    const after = await client.responses.create({
      ...asked,
      previous_response_id: first.id,
      input: answers(call),
    });
    expect(after.output_text).toBe("The tool has answered: sunny");
    expect(after.usage?.input_tokens).toBeGreaterThan(first.usage?.input_tokens ?? 0);
    const reference = await client.responses.create({
      ...asked,
      input: [
        { role: "user", content: "x" },
        { type: "item_reference", id: call?.id ?? "" },
        ...answers(call),
      ],
    });
    expect(reference.output_text).toBe("The tool has answered: sunny");
  });

  it.each([false, true])("are parsed into the schema's object, streamed: %s", async (isStreamed) => {
    const format = { model, input: "Invite two.", text: { format: zodTextFormat(event, "event") } };
    const response = isStreamed
      ? await client.responses.stream(format).finalResponse()
      : await client.responses.parse(format);
    expect(event.parse(response.output_parsed).guests).toHaveLength(2);
    expect(response.usage?.total_tokens).toBe(
      (response.usage?.input_tokens ?? 0) + (response.usage?.output_tokens ?? 0),
    );
  });

  it("are kept until they are deleted, and not where they should not be", async () => {
    const { id } = await client.responses.create({ model, input: "Hello" });
    expect((await client.responses.retrieve(id)).output_text).toBe("You said: Hello");
    await client.responses.delete(id);
    await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
    const unkept = await client.responses.create({ model, input: "Hello", store: false });
    const next = client.responses.create({ model, input: "And?", previous_response_id: unkept.id });
    await expect(next).rejects.toMatchObject({ status: 400, code: "previous_response_not_found" });
  });

  it("are incomplete at the limit of tokens", async () => {
    const input = "word ".repeat(50);
    const response = await client.responses.create({ model, input, max_output_tokens: 16 });
    expect(response).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
    });
    expect(response.usage?.output_tokens).toBe(16);
  });

  it("refuse by the script", async () => {
    await script([{ refuses: "No." }]);
    const response = await client.responses.stream({ model, input: "Hello" }).finalResponse();
    expect(response.output[0]).toMatchObject({ content: [{ type: "refusal", refusal: "No." }] });
    await script([]);
  });
});
