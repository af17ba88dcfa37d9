// Tags in a JSON body: read, and taken out where OpenAI would refuse them; every other byte stays.
import fc from "fast-check";
import { expect, it } from "vitest";
import { MetadataTags } from "../../../server/relay/metadata-tags.ts";
import { jsonModels } from "../../../server/relay/policy/model.ts";

/** In chunks of `size` bytes. */
const take = (text: string, size = 7) => {
  const bytes = Buffer.from(text);
  const watch = new MetadataTags();
  const reader = jsonModels(watch);
  for (let end = size; end < bytes.length; end += size) reader.feed(bytes, end);
  reader.finish(bytes);
  const { tags, bytes: rest } = watch.take(bytes);
  return { tags, rest: rest.toString() };
};

it.each([
  ['{"metadata":{"tags":["a","b"]}}', "{}"],
  ['{"model":"m","metadata":{"tags":["a","b"]}}', '{"model":"m"}'],
  ['{ "metadata" : { "tags" : [ "a" , "b" ] } , "model" : "m" }', '{ "model" : "m" }'],
  ['{"metadata":{"tags":["a","b"],"k":"v"}}', '{"metadata":{"k":"v"}}'],
  ['{"metadata":{"k":"v", "tags":["a","b"] }}', '{"metadata":{"k":"v" }}'],
  [
    '{"a":"1","metadata":{"k":"v","tags":["\\u0061","b"],"l":"w"},"z":"é"}',
    '{"a":"1","metadata":{"k":"v","l":"w"},"z":"é"}',
  ],
  ['{"a":"1","metadata":{"tags":["a","b"]},"z":"é"}', '{"a":"1","z":"é"}'],
])("takes a list out of %s", (text, rest) => {
  expect(take(text)).toEqual({ tags: ["a", "b"], rest });
});

it("reads a text, and leaves it: it is a field of its own at OpenAI", () => {
  const text = '{"metadata":{"tags":"a, b, two words"}}';
  expect(take(text)).toEqual({ tags: ["a", "b"], rest: text });
  const long = JSON.stringify({ metadata: { tags: "a,".repeat(3000) } });
  expect(take(long, 1000)).toEqual({ tags: [], rest: long });
});

it.each([
  '{"tags":["a"]}',
  '{"metadata":["tags",["a"]]}',
  '{"metadata":{"tags":null}}',
  '{"metadata":{"tags":{"a":["b"]}}}',
  '{"metadata":{"tags":7}}',
  '{"metadata":{"x":{"tags":["a"]}}}',
  '{"x":{"metadata":{"tags":["a"]}}}',
  '{"x":{"tags":["a"]},"metadata":{}}',
  '{"metadata":null,"tags":["a"]}',
])("leaves %s as it is", (text) => {
  expect(take(text)).toEqual({ tags: [], rest: text });
});

it.each([
  '["a",7]',
  '[["a"]]',
  '[{"a":"b"}]',
  '["two words"]',
  "[null]",
  JSON.stringify(
    Array(11)
      .fill(0)
      .map((_, n) => `t${n}`),
  ),
  `["${" ".repeat(9000)}"]`,
])("refuses a list such as %s", (list) => {
  expect(() => take(`{"metadata":{"tags":${list}}}`)).toThrow("`metadata.tags` takes at most 10 tags");
});

it("takes out nothing but the list, whatever stands around it and in whatever pieces it comes", () => {
  const spaces = fc.stringMatching(/^[ \n\t]{0,3}$/);
  const fields = fc.dictionary(fc.stringMatching(/^[a-l]{1,5}$/), fc.string());
  fc.assert(
    fc.property(
      fields,
      fields,
      fields,
      spaces,
      fc.integer({ min: 1, max: 50 }),
      (first, inner, last, blank, size) => {
        const members = (record: object) =>
          Object.entries(record).map((each) => each.map((part) => JSON.stringify(part)).join(`${blank}:`));
        const object = (all: readonly string[]) => `{${blank}${all.join(`,${blank}`)}${blank}}`;
        const others = members(last).filter(
          (each) => !members(first).some((one) => one.split(":")[0] === each.split(":")[0]),
        );
        const metadata = object([...members(inner), `"tags"${blank}:${blank}["x",${blank}"y"]`]);
        const { tags, rest } = take(object([...members(first), `"metadata":${metadata}`, ...others]), size);
        const kept = Object.keys(inner).length > 0 ? [["metadata", inner]] : [];
        expect(tags).toEqual(["x", "y"]);
        const expected = JSON.parse(object([...members(first), ...others]));
        expect(JSON.parse(rest)).toEqual({ ...expected, ...Object.fromEntries(kept) });
      },
    ),
  );
});
