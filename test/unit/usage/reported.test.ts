// Usage as a page tells it.
import { expect, it } from "vitest";
import { realtimeUsageSchema, sumUsage } from "../../../server/usage/reported.ts";

/** As OpenAI documents it in a `response.done`. */
const usage = {
  total_tokens: 275,
  input_tokens: 127,
  output_tokens: 148,
  input_token_details: {
    text_tokens: 119,
    audio_tokens: 8,
    image_tokens: 0,
    cached_tokens: 64,
    cached_tokens_details: { text_tokens: 64, audio_tokens: 0, image_tokens: 0 },
  },
  output_token_details: { text_tokens: 36, audio_tokens: 112 },
};

it("adds up what several responses used, kind by kind", () => {
  const twice = sumUsage([usage, usage].map((each) => realtimeUsageSchema.parse(each)));
  expect(twice).toEqual({
    total_tokens: 550,
    input_tokens: 254,
    output_tokens: 296,
    input_token_details: {
      text_tokens: 238,
      audio_tokens: 16,
      image_tokens: 0,
      cached_tokens: 128,
      cached_tokens_details: { text_tokens: 128, audio_tokens: 0, image_tokens: 0 },
    },
    output_token_details: { text_tokens: 72, audio_tokens: 224 },
  });
});

it("adds up what is told, where one response tells less than another", () => {
  const all = [{ output_tokens: 1 }, usage, { input_token_details: null, output_tokens: null }];
  expect(sumUsage(all.map((each) => realtimeUsageSchema.parse(each)))).toMatchObject({
    output_tokens: 149,
    input_token_details: { text_tokens: 119 },
  });
});

it("keeps nothing that it does not know", () => {
  const more = JSON.parse(
    '{"secret":"sk-1","__proto__":{"a":1},"input_token_details":{"x":1},"output_tokens":1}',
  );
  expect(realtimeUsageSchema.parse(more)).toEqual({ input_token_details: {}, output_tokens: 1 });
});

it.each([-1, 1.5, 1e9, "7", Number.NaN])("takes no %j for a count", (count) => {
  expect(realtimeUsageSchema.safeParse({ output_tokens: count }).success).toBe(false);
  expect(realtimeUsageSchema.safeParse({ input_token_details: { audio_tokens: count } }).success).toBe(false);
});
