// What the relay reads of what flows by: the tokens that were used, the words of a refusal.
import { describe, expect, it } from "vitest";
import { usageTap } from "../../../../server/relay/usage/usage.ts";
import { readErrorBody } from "../../../../server/upstream/error-body.ts";

describe("the tokens of an answer", () => {
  const usageIn = (...chunks: string[]) => {
    const tap = usageTap();
    for (const chunk of chunks) tap.add(Buffer.from(chunk));
    return tap.read();
  };
  const chat =
    '"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":2}}';

  it("are read from JSON, however it is cut into pieces", () => {
    const wanted = { inputTokens: 9, outputTokens: 4, cachedTokens: 2 };
    expect(usageIn(`{"choices":[],${chat},"service_tier":"default"}`)).toEqual(wanted);
    expect(usageIn(...`{"choices":[],${chat}}`)).toEqual(wanted);
  });

  it("are read from the last event that tells them", () => {
    const event = (usage: string) => `data: {"choices":[],"usage":${usage}}\n\n`;
    expect(
      usageIn(event("null"), event('{"prompt_tokens":1,"completion_tokens":2}'), "data: [DONE]\n\n"),
    ).toEqual({
      inputTokens: 1,
      outputTokens: 2,
      cachedTokens: 0,
    });
  });

  it("are read in the words of responses and embeddings", () => {
    const words =
      '"usage":{"input_tokens":5,"input_tokens_details":{"cached_tokens":1},"output_tokens":6,"total_tokens":11}';
    expect(usageIn(`data: {"response":{${words},"metadata":{}}}`)).toEqual({
      inputTokens: 5,
      outputTokens: 6,
      cachedTokens: 1,
    });
    expect(usageIn('{"usage": {"prompt_tokens": 3, "total_tokens": 3}}')).toMatchObject({
      inputTokens: 3,
      outputTokens: 0,
    });
  });

  it("are not what somebody says they are", () => {
    expect(usageIn(`{"content":${JSON.stringify(`{${chat}}`)}}`)).toBeUndefined();
    expect(usageIn('{"usage":{"prompt_tokens":"many"}}')).toBeUndefined();
    expect(usageIn("no JSON at all")).toBeUndefined();
  });

  it("are found at the end of what is far longer than what is kept, and nowhere else", () => {
    const long = "a".repeat(10_000);
    expect(usageIn(...Array<string>(500).fill(long), chat)).toMatchObject({ inputTokens: 9 });
    expect(usageIn(chat, ...Array<string>(500).fill(long))).toBeUndefined();
    expect(usageIn(chat + long.repeat(500))).toBeUndefined();
    expect(usageIn(long.repeat(500) + chat)).toMatchObject({ inputTokens: 9 });
  });
});

describe("a refusal of OpenAI's", () => {
  it("keeps its words, without keys and without our names there", () => {
    const error = {
      message: "Project `proj_abcdef123` of org-Ab12Cd34 may not use it with sk-proj-abcdefgh12345678",
      type: "invalid_request_error",
      param: "model",
      code: "model_not_found",
    };
    expect(readErrorBody(404, JSON.stringify({ error }))).toEqual({
      ...error,
      status: 404,
      message: "Project `[redacted]` of [redacted] may not use it with [redacted]",
    });
  });

  it.each([
    "<html>sk-proj-abcdefgh12345678</html>",
    "",
    "null",
    '{"error":"no"}',
    '{"error":{"message":{}}}',
  ])("that reads %s is not quoted", (text) => {
    expect(readErrorBody(400, text)).toEqual({
      status: 400,
      message: "OpenAI answered 400.",
      type: "invalid_request_error",
      param: null,
      code: null,
    });
  });
});
