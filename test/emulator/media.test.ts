// Recordings and images, judged by OpenAI's own package.

import { readFile } from "node:fs/promises";
import { inflateSync } from "node:zlib";
import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { wavOf } from "../support/microphone.ts";

let emulator: Emulator;
let client: OpenAI;
beforeAll(async () => {
  emulator = await startEmulator();
  client = new OpenAI({ baseURL: emulator.baseUrl, apiKey: "sk-test", maxRetries: 0 });
});
afterAll(() => emulator.close());

const recording = (seconds = 1.5, name = "question.wav") =>
  toFile(wavOf(Buffer.alloc(seconds * 48_000)), name);

describe("transcriptions", () => {
  it("say how long the recording is, with usage that adds up", async () => {
    const { text, usage } = await client.audio.transcriptions.create({
      model: "gpt-4o-transcribe",
      file: await recording(),
    });
    expect(text).toBe("(the emulator heard 1.5 s of audio)");
    if (usage?.type !== "tokens") expect.fail("usage is in tokens");
    expect(usage.total_tokens).toBe(usage.input_tokens + usage.output_tokens);
    expect(usage.input_token_details).toEqual({ text_tokens: 0, audio_tokens: 15 });
  });

  it("know the length of Ogg files too, as browsers record them", async () => {
    const file = await toFile(
      await readFile(new URL("../support/spoken-question.opus", import.meta.url)),
      "question.ogg",
    );
    const { text } = await client.audio.transcriptions.create({ model: "whisper-1", file });
    expect(text).toMatch(/heard 1\.\d s of audio/);
  });

  it("come as text, as subtitles, or with times", async () => {
    const asked = { model: "whisper-1", file: await recording(2) };
    const words = "(the emulator heard 2.0 s of audio)";
    expect(await client.audio.transcriptions.create({ ...asked, response_format: "text" })).toBe(
      `${words}\n`,
    );
    expect(await client.audio.transcriptions.create({ ...asked, response_format: "srt" })).toBe(
      `1\n00:00:00,000 --> 00:00:02,000\n${words}\n\n`,
    );
    expect(await client.audio.transcriptions.create({ ...asked, response_format: "vtt" })).toMatch(
      /^WEBVTT\n/,
    );
    const verbose = await client.audio.transcriptions.create({
      ...asked,
      language: "de",
      response_format: "verbose_json",
      timestamp_granularities: ["word", "segment"],
    });
    expect(verbose).toMatchObject({
      duration: 2,
      language: "german",
      text: words,
      segments: [{ start: 0, end: 2 }],
    });
    expect(verbose.words).toHaveLength(words.split(" ").length);
    expect(verbose.words?.at(-1)?.end).toBe(2);
  });

  it("come word by word", async () => {
    const stream = await client.audio.transcriptions.create({
      model: "gpt-4o-mini-transcribe",
      file: await recording(),
      stream: true,
    });
    const events = [];
    for await (const event of stream) events.push(event);
    const deltas = events.flatMap((event) => (event.type === "transcript.text.delta" ? event.delta : []));
    expect(deltas.join("")).toBe("(the emulator heard 1.5 s of audio)");
    expect(events.at(-1)).toMatchObject({ type: "transcript.text.done", text: deltas.join("") });
  });

  it("are translated", async () => {
    const { text } = await client.audio.translations.create({ model: "whisper-1", file: await recording() });
    expect(text).toContain("1.5 s");
  });

  it.each([
    ["another kind of file", { name: "a.txt" }, 400, /Unrecognized file format/],
    ["too short a recording", { seconds: 0.05 }, 400, /too short/],
    ["too large a file", { seconds: 600 }, 413, /Maximum content size/],
    ["an unknown model", { model: "gpt-5" }, 404, /does not exist/],
    [
      "a format that the model does not write",
      { model: "gpt-4o-transcribe", response_format: "srt" },
      400,
      /not compatible/,
    ],
  ])(
    "are refused for %s",
    async (_, {
      name,
      seconds,
      ...more
    }: Record<string, unknown> & { name?: string; seconds?: number }, status, message) => {
      const file = await recording(seconds ?? 1, name ?? "a.wav");
      const asked = { model: "whisper-1", file, ...more } as OpenAI.Audio.TranscriptionCreateParams;
      await expect(client.audio.transcriptions.create(asked)).rejects.toMatchObject({
        status,
        message: expect.stringMatching(message),
      });
    },
  );
});

// Width, height and the number of bytes of its rows.
const measure = (base64 = "") => {
  const png = Buffer.from(base64, "base64");
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  const data = png.indexOf("IDAT");
  const rows = inflateSync(png.subarray(data + 4, data + 4 + png.readUInt32BE(data - 4)));
  return [png.readUInt32BE(16), png.readUInt32BE(20), rows.length];
};

describe("images", () => {
  it("are small PNG files of the size asked for, the same for the same prompt", async () => {
    const asked = { model: "gpt-image-1", prompt: "a red boat", n: 2, size: "1536x1024" as const };
    const { data = [], usage } = await client.images.generate(asked);
    expect(data).toHaveLength(2);
    expect(measure(data[0]?.b64_json)).toEqual([1536, 1024, 1024 * (1 + 1536 / 8)]);
    expect(data[0]?.b64_json?.length).toBeLessThan(1500);
    expect((await client.images.generate(asked)).data?.[0]).toEqual(data[0]);
    expect((await client.images.generate({ ...asked, prompt: "a blue boat" })).data?.[0]).not.toEqual(
      data[0],
    );
    expect(usage?.total_tokens).toBe((usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0));
    expect(usage?.input_tokens_details.image_tokens).toBe(0);
  });

  it("have an address where the model gives one", async () => {
    const { data } = await client.images.generate({ model: "dall-e-3", prompt: "a boat" });
    const answer = await fetch(data?.[0]?.url ?? "");
    expect(measure(Buffer.from(await answer.arrayBuffer()).toString("base64"))).toEqual([
      1024,
      1024,
      1024 * 129,
    ]);
  });

  it("are edited, and come in parts", async () => {
    const [first] = (await client.images.generate({ model: "gpt-image-1", prompt: "a boat" })).data ?? [];
    const image = await toFile(Buffer.from(first?.b64_json ?? "", "base64"), "boat.png", {
      type: "image/png",
    });
    const edited = await client.images.edit({
      model: "gpt-image-1",
      image: [image, image],
      prompt: "paint it red",
      size: "1024x1024",
    });
    expect(edited.usage?.input_tokens_details.image_tokens).toBe(646);
    const stream = await client.images.edit({
      model: "gpt-image-1",
      image,
      prompt: "paint it red",
      stream: true,
      partial_images: 2,
    });
    const types = [];
    for await (const event of stream) types.push(event.type);
    expect(types).toEqual(["image_edit.partial_image", "image_edit.partial_image", "image_edit.completed"]);
  });

  it.each([
    ["no prompt", { prompt: undefined }, "missing_required_parameter"],
    ["a size that is none", { size: "9999x9999" }, "invalid_value"],
    ["too many", { n: 11 }, "invalid_value"],
    ["an unknown model", { model: "gpt-5" }, "model_not_found"],
  ])("are refused for %s", async (_, more, code) => {
    const asked = {
      model: "gpt-image-1",
      prompt: "a boat",
      ...more,
    } as OpenAI.ImageGenerateParamsNonStreaming;
    await expect(client.images.generate(asked)).rejects.toMatchObject({ code });
  });

  it("are not edited where the file is none", async () => {
    const image = await toFile(Buffer.from("text"), "boat.png", { type: "text/plain" });
    await expect(client.images.edit({ image, prompt: "red" })).rejects.toMatchObject({
      code: "unsupported_file_mimetype",
    });
  });
});
