// A request that asks for the usage of its stream: nothing else in it changes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MetadataTags } from "../../../../server/relay/metadata-tags.ts";
import { jsonModels } from "../../../../server/relay/policy/model.ts";
import { mayIncludeUsage, StreamOptions } from "../../../../server/relay/usage/include-usage.ts";

const asking = (text: string): string | undefined => {
  const options = new StreamOptions();
  jsonModels(options).finish(Buffer.from(text));
  return options.asking(Buffer.from(text))?.toString();
};

describe("a streamed chat asks for usage", () => {
  it.each([
    ['{"stream":true}', '{"stream_options":{"include_usage":true},"stream":true}'],
    [' { "stream" : true }', ' {"stream_options":{"include_usage":true}, "stream" : true }'],
    ['{"stream":true,"stream_options":null}', '{"stream":true,"stream_options":{"include_usage":true}}'],
    ['{"stream_options":{},"stream":true}', '{"stream_options":{"include_usage":true},"stream":true}'],
    ['{"stream_options":{ },"stream":true}', '{"stream_options":{"include_usage":true },"stream":true}'],
    [
      '{"stream":true,"stream_options":{"include_obfuscation":false}}',
      '{"stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}}',
    ],
    [
      '{"stream":true,"stream_options":{"include_usage":false}}',
      '{"stream":true,"stream_options":{"include_usage":true}}',
    ],
    [
      '{"stream":true,"stream_options":{"include_usage": null}}',
      '{"stream":true,"stream_options":{"include_usage": true}}',
    ],
    ['{"str\\u0065am":true}', '{"stream_options":{"include_usage":true},"str\\u0065am":true}'],
    [
      '{"stream":true,"messages":[{"content":"é","stream_options":{"include_usage":true}}]}',
      '{"stream_options":{"include_usage":true},"stream":true,"messages":[{"content":"é","stream_options":{"include_usage":true}}]}',
    ],
    [
      '{"stream":true,"metadata":{"include_usage":true}}',
      '{"stream_options":{"include_usage":true},"stream":true,"metadata":{"include_usage":true}}',
    ],
  ])("%s", (text, expected) => {
    expect(asking(text)).toBe(expected);
  });
});

describe("a request stays as it is", () => {
  it.each([
    ["that asks already", '{"stream":true,"stream_options":{"include_usage":true}}'],
    ["that streams nothing", '{"stream":false}'],
    ["without a word of it", '{"messages":[{"stream":true}]}'],
    ["that OpenAI will refuse", '{"stream":true,"stream_options":7}'],
    ["that OpenAI will refuse too", '{"stream":true,"stream_options":{"include_usage":"yes"}}'],
    ["that OpenAI will not stream", '{"stream":"true"}'],
  ])("%s", (_, text) => {
    expect(asking(text)).toBeUndefined();
  });
});

it("and means the same as before, but for that", () => {
  const rest = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 });
  const options = fc.option(
    fc.record({ include_usage: fc.constantFrom(false, null), x: fc.integer() }, { requiredKeys: [] }),
  );
  fc.assert(
    fc.property(rest, options, fc.constantFrom(undefined, 1), (others, streamOptions, space) => {
      if (Object.keys(others).some((name) => /model|stream|__proto__/i.test(name.normalize("NFKC")))) return;
      const body = {
        ...others,
        stream: true,
        ...(streamOptions !== null && { stream_options: streamOptions }),
      };
      const text = JSON.stringify(body, null, space);
      if (/model|__proto__/i.test(text)) return;
      expect(JSON.parse(asking(text) ?? "")).toEqual({
        // As JSON has it: it knows no -0.
        ...JSON.parse(text),
        stream_options: { ...streamOptions, include_usage: true },
      });
    }),
  );
});

it("wherever it stands, also when tags are taken out of the body", () => {
  const options = [
    '"stream_options":null',
    '"stream_options":{"include_usage":false,"x":1}',
    '"stream_options":{}',
  ];
  const others = ['"metadata":{"tags":["a"],"k":"v"}', '"user":"é"', '"stream":true', '"n":1'];
  const order = fc.shuffledSubarray(others, { minLength: others.length });
  fc.assert(
    fc.property(order, fc.constantFrom(undefined, ...options), fc.nat({ max: 4 }), (fields, option, at) => {
      const text = `{${fields.toSpliced(at, 0, ...(option ? [option] : [])).join(" , ")}}`;
      const [watch, metadata] = [new StreamOptions(), new MetadataTags()];
      const bytes = Buffer.from(text);
      jsonModels(metadata, watch).finish(bytes);
      const { bytes: rest, removed } = metadata.take(bytes);
      if (removed) watch.removed(removed);
      const { stream_options: wanted, ...before } = JSON.parse(text);
      expect(JSON.parse(watch.asking(rest)?.toString() ?? "")).toEqual({
        ...before,
        metadata: { k: "v" },
        stream_options: { ...wanted, include_usage: true },
      });
    }),
  );
});

it("only where OpenAI knows the field", () => {
  expect(mayIncludeUsage("/v1/chat/completions")).toBe(true);
  expect(mayIncludeUsage("/v1/completions")).toBe(true);
  expect(mayIncludeUsage("/v1/responses")).toBe(false);
});
