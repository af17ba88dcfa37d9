// The figures that log and metrics take from a usage object, in the words of each endpoint.
import { describe, expect, it } from "vitest";
import { countedUsage, tokensOf } from "../../../server/usage/usage.ts";

describe("the tokens of a usage object", () => {
  it.each([
    [
      "a chat",
      {
        prompt_tokens: 9,
        completion_tokens: 4,
        total_tokens: 13,
        prompt_tokens_details: { cached_tokens: 2 },
      },
      { input: 9, output: 4, cached: 2 },
    ],
    [
      "a response",
      { input_tokens: 5, input_tokens_details: { cached_tokens: 1 }, output_tokens: 6, total_tokens: 11 },
      { input: 5, output: 6, cached: 1 },
    ],
    ["embeddings", { prompt_tokens: 3, total_tokens: 3 }, { input: 3, output: 0, cached: 0 }],
    ["a server that tells the total only", { total_tokens: 7 }, { input: 7, output: 0, cached: 0 }],
    ["a transcript", { type: "duration", seconds: 12 }, undefined],
    ["nonsense", { prompt_tokens: "many", completion_tokens: -1 }, undefined],
  ])("of %s", (_, usage, tokens) => {
    expect(tokensOf(usage)).toEqual(tokens);
  });
});

describe("the metrics count", () => {
  const answered = { status: 200, model: "gpt-5-mini", usage: { prompt_tokens: 3, completion_tokens: 2 } };

  it("the tokens of a model that OpenAI answered for", () => {
    expect(countedUsage(answered)).toEqual({ model: "gpt-5-mini", input: 3, output: 2 });
  });

  it("seconds of sound as no tokens", () => {
    const usage = { type: "duration", seconds: 12 };
    expect(countedUsage({ ...answered, usage })).toEqual({ model: "gpt-5-mini", input: 0, output: 0 });
  });

  it.each([
    ["a refusal", { status: 404 }],
    ["a request without a model", { model: undefined }],
    ["an answer without usage", { usage: undefined }],
  ])("nothing of %s", (_, more) => {
    expect(countedUsage({ ...answered, ...more })).toBeUndefined();
  });
});
