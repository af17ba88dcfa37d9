// What an answer used, from usage objects as OpenAI's endpoints write them, and from odd ones.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { noQuantities, type Quantities } from "../../../server/usage/quantities.ts";
import { quantitiesOf, usageKindsOf } from "../../../server/usage/quantities-of.ts";

const expectQuantities = (
  usage: Record<string, unknown>,
  quantities: Partial<Quantities> | undefined,
  path?: string,
) =>
  expect(quantitiesOf(usage, usageKindsOf(path))).toEqual(quantities && { ...noQuantities, ...quantities });

describe("an answer's quantities", () => {
  it("of a chat are its uncached, cached and written text", () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 40,
      total_tokens: 140,
      prompt_tokens_details: { cached_tokens: 64, audio_tokens: 0, cache_write_tokens: 16 },
      completion_tokens_details: { reasoning_tokens: 30, audio_tokens: 0, rejected_prediction_tokens: 5 },
    };
    expectQuantities(usage, { textIn: 20, textCached: 64, textCacheWrites: 16, textOut: 40 });
  });

  it("of a spoken chat are its text and its sound", () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 50,
      prompt_tokens_details: { text_tokens: 70, audio_tokens: 30, cached_tokens: 10 },
      completion_tokens_details: { text_tokens: 10, audio_tokens: 40 },
    };
    expectQuantities(usage, { textIn: 60, textCached: 10, audioIn: 30, textOut: 10, audioOut: 40 });
  });

  it("of a response are its text", () => {
    const usage = {
      input_tokens: 812,
      input_tokens_details: { cached_tokens: 512, cache_write_tokens: 0 },
      output_tokens: 31,
      output_tokens_details: { reasoning_tokens: 8 },
      total_tokens: 843,
    };
    expectQuantities(usage, { textIn: 300, textCached: 512, textOut: 31 });
  });

  it("of embeddings are what was sent", () => {
    expectQuantities({ prompt_tokens: 8, total_tokens: 8 }, { textIn: 8 });
  });

  it("of a drawn image are its words, the images sent, and the image's own tokens", () => {
    const usage = {
      input_tokens: 333,
      input_tokens_details: { text_tokens: 10, image_tokens: 323 },
      output_tokens: 1056,
      total_tokens: 1389,
    };
    expectQuantities(usage, { textIn: 10, imageIn: 323, imageOut: 1056 }, "/v1/images/edits");
  });

  it("of a transcript are its sound and its text", () => {
    const usage = {
      type: "tokens",
      input_tokens: 14,
      input_token_details: { text_tokens: 4, audio_tokens: 10 },
      output_tokens: 45,
      total_tokens: 59,
    };
    expectQuantities(usage, { textIn: 4, audioIn: 10, textOut: 45 }, "/v1/audio/transcriptions");
  });

  it("of a transcript that is billed by time are its seconds", () => {
    expectQuantities({ type: "duration", seconds: 3.5 }, { seconds: 3.5 });
  });

  it("of streamed speech are the words and the sound", () => {
    const usage = { input_tokens: 14, output_tokens: 101, total_tokens: 115 };
    expectQuantities(usage, { textIn: 14, audioOut: 101 }, "/v1/audio/speech");
  });

  it("of a Realtime response are told by kind, cached ones too", () => {
    const usage = {
      total_tokens: 253,
      input_tokens: 132,
      output_tokens: 121,
      input_token_details: {
        ...{ text_tokens: 107, audio_tokens: 13, image_tokens: 12, cached_tokens: 70 },
        cached_tokens_details: { text_tokens: 60, audio_tokens: 6, image_tokens: 4 },
      },
      output_token_details: { text_tokens: 30, audio_tokens: 91 },
    };
    expectQuantities(usage, {
      ...{ textIn: 47, textCached: 60, audioIn: 7, audioCached: 6, imageIn: 8, imageCached: 4 },
      ...{ textOut: 30, audioOut: 91 },
    });
  });

  it("are unknown where nothing is counted", () => {
    for (const usage of [
      {},
      { prompt_tokens: "many", completion_tokens: -1 },
      { seconds: -2 },
      { seconds: "3" },
    ])
      expectQuantities(usage, undefined);
  });

  it("have no count that cannot be true", () => {
    expectQuantities({ prompt_tokens: 1e300, completion_tokens: 4 }, { textOut: 4 });
    expectQuantities({ prompt_tokens: 3, completion_tokens: 1.5 }, { textIn: 3 });
    expectQuantities({ type: "duration", seconds: 1e300 }, undefined);
  });
});

// Any JSON, in which OpenAI's own names are frequent.
const names = [
  ...[
    "prompt_tokens",
    "completion_tokens",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "seconds",
    "type",
  ],
  ...["prompt_tokens_details", "input_tokens_details", "input_token_details", "completion_tokens_details"],
  ...["output_tokens_details", "cached_tokens", "cached_tokens_details", "cache_write_tokens"],
  ...["text_tokens", "audio_tokens", "image_tokens"],
];
const { usage } = fc.letrec((tie) => ({
  leaf: fc.oneof(fc.integer({ min: -5, max: 2000 }), fc.double(), fc.jsonValue({ maxDepth: 1 })),
  usage: fc.dictionary(
    fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: fc.string() }),
    fc.oneof({ weight: 2, arbitrary: tie("leaf") }, { weight: 1, arbitrary: tie("usage") }),
    { maxKeys: 12 },
  ) as fc.Arbitrary<Record<string, unknown>>,
}));
const paths = fc.constantFrom(
  "/v1/chat/completions",
  "/v1/images/edits",
  "/v1/audio/speech",
  "/v1/audio/translations",
);

describe("whatever a server tells", () => {
  it("no quantity is negative or too large to add up", () => {
    fc.assert(
      fc.property(usage, paths, (told, path) => {
        const { seconds = 0, ...tokens } = quantitiesOf(told, usageKindsOf(path)) ?? {};
        for (const count of Object.values(tokens))
          expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
        expect(seconds >= 0 && seconds <= 1e8).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("no token is in two quantities, and none is lost", () => {
    const count = fc.integer({ min: 0, max: 1000 });
    const details = fc.dictionary(fc.constantFrom(...names.slice(-7)), fc.oneof(count, usage), {
      maxKeys: 7,
    });
    fc.assert(
      fc.property(count, count, details, details, paths, (input, output, inDetails, outDetails, path) => {
        const told = {
          ...{ input_tokens: input, output_tokens: output },
          ...{ input_tokens_details: inDetails, output_tokens_details: outDetails },
        };
        const used = quantitiesOf(told, usageKindsOf(path)) ?? noQuantities;
        const { textOut, audioOut, imageOut, seconds, images, ...sent } = used;
        expect(Object.values(sent).reduce((sum, each) => sum + each, 0)).toBe(input);
        expect(textOut + audioOut + imageOut).toBe(output);
        expect([seconds, images]).toEqual([0, 0]);
      }),
      { numRuns: 300 },
    );
  });
});
