// What answers tell of their usage: in JSON and in every kind of stream, however the bytes are cut.
import { describe, expect, it } from "vitest";
import { usageReader } from "../../../../server/relay/usage/usage-reader.ts";

const usage = { prompt_tokens: 9, completion_tokens: 4, prompt_tokens_details: { audio_tokens: 1 } };

const toldBy = (type: string, text: string, size = text.length) => {
  const reader = usageReader({ "content-type": type });
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) reader?.read(bytes.subarray(at, at + size));
  return reader?.told();
};
const inJson = (value: object, size?: number) =>
  toldBy("application/json; charset=utf-8", JSON.stringify(value), size);
const inStream = (text: string, size?: number) => toldBy("text/event-stream", text, size);
const event = (data: unknown, type?: string) =>
  `${type ? `event: ${type}\n` : ""}data: ${JSON.stringify(data)}\n\n`;

describe("a whole answer", () => {
  it("tells the usage as OpenAI gave it, the model and the service tier", () => {
    const answer = { id: "c", model: "gpt-5-mini-2025-08-07", choices: [], usage, service_tier: "default" };
    const told = { usage, answeredModel: "gpt-5-mini-2025-08-07", serviceTier: "default" };
    expect(inJson(answer)).toEqual(told);
    expect(inJson(answer, 1)).toEqual(told);
  });

  it("tells seconds of sound too", () => {
    const seconds = { type: "duration", seconds: 12 };
    expect(inJson({ text: "Hello", usage: seconds })?.usage).toEqual(seconds);
  });

  it("tells none where usage is no object", () => {
    for (const none of [null, 1, "9", [1]]) expect(inJson({ usage: none })?.usage).toBeUndefined();
  });
});

describe("a stream", () => {
  const head = { object: "chat.completion.chunk", model: "gpt-5-mini" };

  it("of a chat tells it in its last chunk", () => {
    const text = [
      event({ ...head, choices: [{ delta: { content: '"usage":{' } }], usage: null }),
      event({ ...head, choices: [], usage, service_tier: "flex" }),
      "data: [DONE]\n\n",
    ].join("");
    const told = { usage, answeredModel: "gpt-5-mini", serviceTier: "flex" };
    for (const size of [1, 2, 3, 7, text.length]) expect(inStream(text, size)).toEqual(told);
    expect(inStream(text.replaceAll("\n", "\r\n"), 5)).toEqual(told);
  });

  it.each(["response.completed", "response.incomplete", "response.failed"])(
    "of a response tells it in %s",
    (type) => {
      const begun = { type: "response.created", response: { model: "gpt-5", usage: null } };
      const ended = {
        type,
        response: { output: [{ usage: {} }], model: "gpt-5-2025", usage, service_tier: "default" },
      };
      const text = event(begun, "response.created") + event(ended, type);
      expect(inStream(text, 10)).toEqual({ usage, answeredModel: "gpt-5-2025", serviceTier: "default" });
    },
  );

  it("of images and sounds tells it in the event that ends it", () => {
    const partial = { type: "image_generation.partial_image", b64_json: "A".repeat(100_000) };
    const ended = { type: "image_generation.completed", b64_json: "A".repeat(100_000), usage };
    expect(inStream(event(partial) + event(ended), 1000)?.usage).toEqual(usage);
    expect(inStream(event({ type: "transcript.text.done", text: "Hello", usage }))?.usage).toEqual(usage);
  });

  it("tells it in data of several lines, between comments and other fields", () => {
    const lines = JSON.stringify({ usage }, null, 1).split("\n");
    const text = `: keep-alive\n\nid: 1\n${lines.map((line) => `data:${line}\n`).join("")}retry: 5\n\n`;
    expect(inStream(text, 3)?.usage).toEqual(usage);
  });

  it("tells it when only the event's last line end comes with the next event", () => {
    const reader = usageReader({ "content-type": "text/event-stream" });
    for (const text of [`data: ${JSON.stringify({ usage })}\n`, '\ndata: {"a":1}\n\n'])
      reader?.read(Buffer.from(text));
    expect(reader?.told().usage).toEqual(usage);
  });

  it("tells it after an event that is no JSON", () => {
    expect(inStream(`data: {"a":"\n\n${event({ usage })}`)?.usage).toEqual(usage);
  });

  it("tells it only in data", () => {
    const json = JSON.stringify({ usage });
    for (const line of [
      `: ${json}`,
      `event: ${json}`,
      `database: ${json}`,
      `dat: ${json}`,
      ` data: ${json}`,
    ]) {
      expect(inStream(`${line}\n\n`)?.usage, line).toBeUndefined();
    }
  });

  it("that breaks off before the end of that event tells none", () => {
    expect(inStream(event({ usage }).trimEnd())?.usage).toBeUndefined();
  });
});

it("nothing is read of other types, nor of what is compressed", () => {
  expect(usageReader({ "content-type": "audio/mpeg" })).toBeUndefined();
  expect(usageReader({})).toBeUndefined();
  expect(usageReader({ "content-type": "application/json", "content-encoding": "gzip" })).toBeUndefined();
  expect(usageReader({ "content-type": "application/json", "content-encoding": "identity" })).toBeDefined();
});
