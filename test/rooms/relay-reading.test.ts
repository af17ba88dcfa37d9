// What the relay reads of what flows by: the model that is asked, the tokens that were used, the words of a refusal.
import { describe, expect, it } from "vitest";
import { modelInForm, modelInJson } from "../../server/relay/model.ts";
import { usageTap } from "../../server/relay/usage.ts";
import { readRefusal } from "../../server/upstream/refusal-body.ts";

describe("the model of a JSON body", () => {
  const modelIn = (text: string) => modelInJson(Buffer.from(text)).model;

  it.each([
    ['{"model":"a","messages":[]}', "a"],
    ['{"messages":[{"model":"b"}],"model":"a"}', "a"],
    ['{"messages":[{"content":"\\"model\\":\\"b\\""}],"model":"a"}', "a"],
    ['{"m\\u006fdel":"a"}', "a"],
    ['{"messages":[]}', undefined],
    ['{"model":null}', undefined],
  ])("%s", (text, model) => {
    expect(modelIn(text)).toBe(model);
  });

  it.each([
    ["two of them", '{"model":"cheap","model":"dear"}'],
    ["two of them, one in disguise", '{"model":"cheap","mod\\u0065l":"dear"}'],
    ["no name", '{"model":7}'],
    ["a name without end", `{"model":"${"a".repeat(300)}"}`],
    ["no object", "[]"],
    ["no JSON", "{"],
    ["nothing", ""],
  ])("%s is refused", (_, text) => {
    expect(() => modelIn(text)).toThrow(expect.objectContaining({ code: "request-malformed" }));
  });
});

describe("the model of a form", () => {
  const encode = async (fields: [string, string][]) => {
    const form = new FormData();
    for (const [name, value] of fields) form.append(name, value);
    form.append("file", new Blob(["sound"]), "a.wav");
    const answer = new Response(form);
    return [Buffer.from(await answer.arrayBuffer()), answer.headers.get("content-type") ?? ""] as const;
  };

  it("is found after the file or before it, or is not there", async () => {
    const { model, fields } = await modelInForm(...(await encode([["model", "whisper-1"]])));
    expect(model).toBe("whisper-1");
    expect(fields).toEqual([
      { name: "model", value: "whisper-1" },
      { name: "file", value: undefined },
    ]);
    expect((await modelInForm(...(await encode([])))).model).toBeUndefined();
  });

  it("is refused when there are two, or no form", async () => {
    const two = modelInForm(
      ...(await encode([
        ["model", "a"],
        ["model", "b"],
      ])),
    );
    await expect(two).rejects.toMatchObject({ code: "request-malformed" });
    const none = modelInForm(Buffer.from("x"), "multipart/form-data; boundary=y");
    await expect(none).rejects.toMatchObject({ code: "request-malformed" });
  });
});

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
    expect(readRefusal(404, JSON.stringify({ error }))).toEqual({
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
    expect(readRefusal(400, text)).toEqual({
      status: 400,
      message: "OpenAI answered 400.",
      type: "invalid_request_error",
      param: null,
      code: null,
    });
  });
});
