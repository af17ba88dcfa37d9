// The text endpoints, judged by OpenAI's own package.
import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";

let emulator: Emulator;
let client: OpenAI;
beforeAll(async () => {
  emulator = await startEmulator();
  client = new OpenAI({ baseURL: emulator.baseUrl, apiKey: "sk-test", maxRetries: 0 });
});
afterAll(() => emulator.close());

const messages = [
  { role: "system" as const, content: "Be brief." },
  { role: "user" as const, content: "Hello, world out there" },
];
const model = "gpt-5-mini";

describe("chat completions", () => {
  it("answer whole, with usage", async () => {
    const completion = await client.chat.completions.create({ model, messages });
    expect(completion.choices[0]?.message.content).toBe("You said: Hello, world out there");
    expect(completion).toMatchObject({ object: "chat.completion", model });
    const { prompt_tokens = 0, completion_tokens = 0, total_tokens } = completion.usage ?? {};
    expect(prompt_tokens).toBeGreaterThan(5);
    expect(total_tokens).toBe(prompt_tokens + completion_tokens);
  });

  it("come word by word, and end with the usage where it is wanted", async () => {
    const request = { model, messages, stream: true as const, stream_options: { include_usage: true } };
    const words: string[] = [];
    let usage: number | undefined;
    for await (const chunk of await client.chat.completions.create(request)) {
      const word = chunk.choices[0]?.delta.content;
      if (word) words.push(word);
      usage = chunk.usage?.total_tokens;
    }
    expect(words).toEqual(["You ", "said: ", "Hello, ", "world ", "out ", "there"]);
    expect(usage).toBeGreaterThan(5);
  });

  it("are put together by the package's own reader of streams", async () => {
    const stream = client.chat.completions.stream({ model, messages });
    expect((await stream.finalChatCompletion()).choices[0]?.message.content).toMatch(/^You said: /);
  });

  it("are stopped by who has heard enough", async () => {
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    for await (const _ of stream) break;
    expect(stream.controller.signal.aborted).toBe(true);
  });

  it("are refused in OpenAI's words", async () => {
    const none = client.chat.completions.create({ model: "no-such-model", messages });
    await expect(none).rejects.toMatchObject({ status: 404, code: "model_not_found" });
    const empty = client.chat.completions.create({ model, messages: [] });
    await expect(empty).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    const stranger = new OpenAI({ baseURL: emulator.baseUrl, apiKey: "nobody", maxRetries: 0 });
    await expect(stranger.chat.completions.create({ model, messages })).rejects.toBeInstanceOf(
      OpenAI.AuthenticationError,
    );
  });
});

describe("responses", () => {
  it("answer whole", async () => {
    const response = await client.responses.create({ model, input: "Hello" });
    expect([response.output_text, response.status]).toEqual(["You said: Hello", "completed"]);
    expect(response.usage?.total_tokens).toBeGreaterThan(1);
  });

  it("come as events that the package puts together", async () => {
    const stream = client.responses.stream({ model, input: [{ role: "user", content: "Hello there" }] });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types[0]).toBe("response.created");
    expect(types.at(-1)).toBe("response.completed");
    expect((await stream.finalResponse()).output_text).toBe("You said: Hello there");
  });
});

it("embeddings are the same for the same text, of length one, in either format", async () => {
  const request = { model: "text-embedding-3-small", input: ["one", "two", "one"] };
  const [packed, plain] = await Promise.all([
    client.embeddings.create(request),
    client.embeddings.create({ ...request, encoding_format: "float" as const }),
  ]);
  const [one = [], two = [], again = []] = packed.data.map(({ embedding }) => embedding);
  expect(one).toHaveLength(1536);
  expect(again).toEqual(one);
  expect(two).not.toEqual(one);
  expect(Math.hypot(...one)).toBeCloseTo(1, 5);
  expect(plain.data[0]?.embedding[7]).toBeCloseTo(one[7] ?? 0, 6);
  const short = await client.embeddings.create({ ...request, dimensions: 8 });
  expect(short.data[0]?.embedding).toHaveLength(8);
});

it("moderation flags what says so itself", async () => {
  const { results } = await client.moderations.create({ input: ["A kind word.", "This is to be flagged."] });
  expect(results.map(({ flagged }) => flagged)).toEqual([false, true]);
  expect(results[1]?.categories.violence).toBe(true);
});

it("files are taken, listed, given back and forgotten", async () => {
  const file = await toFile(Buffer.from("äöü\n".repeat(1000)), "notes.txt");
  const { id, bytes, filename } = await client.files.create({ file, purpose: "user_data" });
  expect([bytes, filename]).toEqual([7000, "notes.txt"]);
  expect((await client.files.list()).data.map((each) => each.id)).toContain(id);
  expect(await (await client.files.content(id)).text()).toMatch(/^äöü\n/);
  expect(await client.files.delete(id)).toMatchObject({ deleted: true });
  await expect(client.files.retrieve(id)).rejects.toMatchObject({ status: 404 });
});

it("speech is a sound as long as its words", async () => {
  const request = { model: "gpt-4o-mini-tts", input: "Hello there", voice: "marin" as const };
  const wav = Buffer.from(await (await client.audio.speech.create(request)).arrayBuffer());
  expect([wav.toString("latin1", 0, 4), wav.toString("latin1", 8, 12)]).toEqual(["RIFF", "WAVE"]);
  const pcm = await (await client.audio.speech.create({ ...request, response_format: "pcm" })).arrayBuffer();
  expect(pcm.byteLength).toBe(11 * 60 * 24 * 2);
});

describe("faults on demand", () => {
  const path = "/v1/chat/completions";
  const fail = async (fault: object): Promise<void> => {
    const body = JSON.stringify({ path, ...fault });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(new URL("/emulator/faults", emulator.baseUrl), {
      method: "POST",
      headers,
      body,
    });
    expect(answer.status).toBe(201);
  };
  const ask = (more: object = {}) =>
    fetch(`${emulator.baseUrl}/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer sk-test", "content-type": "application/json" },
      body: JSON.stringify({ model, messages, ...more }),
    });

  it("cut a stream in the middle", async () => {
    await fail({ cut_after_bytes: 300 });
    const answer = await ask({ stream: true });
    expect(answer.status).toBe(200);
    let received = 0;
    const reading = (async () => {
      for await (const chunk of answer.body ?? []) received += chunk.length;
    })();
    await expect(reading).rejects.toThrow();
    expect(received).toBe(300);
  });

  it("send slowly", async () => {
    await fail({ bytes_per_second: 2000 });
    const began = performance.now();
    const answer = await ask();
    const headersAfter = performance.now() - began;
    expect((await answer.json()).object).toBe("chat.completion");
    expect(performance.now() - began).toBeGreaterThan(headersAfter + 100);
  });

  it("say a wrong length, longer or shorter", async () => {
    await fail({ content_length: 100_000 });
    await expect((await ask()).text()).rejects.toThrow();
    await fail({ content_length: 20 });
    expect(await (await ask()).text()).toHaveLength(20);
  });

  it("are gone after the times they were wanted", async () => {
    await fail({ status: 503, times: 2 });
    const statuses = [];
    for (let call = 0; call < 3; call += 1) statuses.push((await ask()).status);
    expect(statuses).toEqual([503, 503, 200]);
  });
});
