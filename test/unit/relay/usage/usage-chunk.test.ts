// A chat's stream without what only `include_usage` brings: all else stays byte by byte, and nothing waits.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageChunkFilter } from "../../../../server/relay/usage/usage-chunk.ts";

const head = '"id":"c","object":"chat.completion.chunk"';
const choices = '"choices":[{"index":0,"delta":{"content":"\\"usage\\":null}"},"finish_reason":null}]';
const usage = '"usage":{"prompt_tokens":9,"completion_tokens":4}';
const usageChunk = `{${head},"choices":[],${usage},"obfuscation":"x1"}`;

/** The text in pieces of these lengths, one after the other; each is passed on at once. */
const filtered = (text: string, pieces: readonly number[] = []): string[] => {
  const bytes = Buffer.from(text);
  const filter = new UsageChunkFilter();
  const passed: string[] = [];
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const end = Math.min(bytes.length, start + (pieces[turn % pieces.length] ?? bytes.length));
    passed.push(filter.filter(Buffer.from(bytes.subarray(start, end))).toString("latin1"));
    start = end;
  }
  passed.push(filter.end().toString("latin1"));
  return passed.map((each) => Buffer.from(each, "latin1").toString());
};
const whole = (text: string, pieces?: readonly number[]): string =>
  Buffer.from(
    filtered(text, pieces)
      .map((each) => Buffer.from(each))
      .join(""),
  ).toString();

describe("is taken out", () => {
  it("the chunk without choices that tells the usage", () => {
    const [before, after] = [`data: {${head},${choices}}\n\n`, "data: [DONE]\n\n"];
    expect(whole(`${before}data: ${usageChunk}\n\n${after}`)).toBe(before + after);
    expect(whole(`${before}data:${usageChunk}\r\n\r\n${after}`)).toBe(before + after);
  });

  it.each([
    [`{${head},${choices},"usage":null}`, `{${head},${choices}}`],
    [`{${head},${choices},"usage":null,"obfuscation":"Q7x"}`, `{${head},${choices},"obfuscation":"Q7x"}`],
    [`{${head}, "choices": [], "usage": null }`, `{${head}, "choices": [] }`],
  ])("the empty usage of %s", (chunk, expected) => {
    expect(whole(`data: ${chunk}\n\n`)).toBe(`data: ${expected}\n\n`);
  });
});

describe("stays as it is", () => {
  it.each([
    ["usage beside choices", `data: {${head},${choices},${usage}}\n\n`],
    [
      "a chunk without choices that tells something else",
      `data: {${head},"choices":[],"prompt_filter_results":[]}\n\n`,
    ],
    [
      "an empty usage that may stand within another object",
      `data: {${head},"x":{"a":1,"usage":null},"y":{}}\n\n`,
    ],
    ["an empty usage before other structures", `data: {"usage":null,${choices}}\n\n`],
    ["text that only looks so", `data: {${head},"x":"\\"usage\\":null}"}\n\n`],
    ["a comment", `: "choices":[],${usage}\n\n`],
    ["another kind of event", `event: error\ndata: {"error":{"message":"no"}}\n\n`],
    ["what is no JSON", `data: {"choices":[],"usage":{\n\n`],
    ["a stream without a last line end", `data: {${head},${choices},"usage":null}`],
  ])("%s", (_, text) => {
    expect(whole(text)).toBe(text);
  });
});

const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
const kept = fc.constantFrom(
  `data: {${head},${choices}}`,
  `data: {${head},"choices":[{"delta":{"content":"é😀"}}]}`,
  ": keep-alive",
  "event: x\nid: 1\ndata: a\ndata: b",
  "data: [DONE]",
);
const taken = fc.constantFrom(`data: ${usageChunk}`, `data:{"choices":[],${usage}}`);
const cuts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 5 });

it("the same comes out however the stream is cut, with any line ends", () => {
  const events = fc.array(
    fc.oneof(
      kept.map((text) => ({ text, stays: true })),
      taken.map((text) => ({ text, stays: false })),
    ),
  );
  fc.assert(
    fc.property(events, lineEnd, cuts, (all, end, pieces) => {
      const written = ({ text }: { text: string }) => `${text.replaceAll("\n", end)}${end}${end}`;
      const bytes = all.map(written).join("");
      const expected = all
        .filter(({ stays }) => stays)
        .map(written)
        .join("");
      expect(whole(bytes, pieces)).toBe(expected);
    }),
    { numRuns: 1000 },
  );
});

it("each event passes with its last byte, whatever follows", () => {
  for (const end of ["\n\n", "\r\n\r\n", "\r\r"]) {
    const one = `data: {${head},${choices}}${end}`;
    const filter = new UsageChunkFilter();
    for (let turn = 0; turn < 3; turn += 1) {
      expect(filter.filter(Buffer.from(one.slice(0, 20))).length).toBe(0);
      expect(filter.filter(Buffer.from(one.slice(20))).toString()).toBe(one);
    }
  }
});

it("an event of more than 64 KiB passes as it comes, and the next are judged again", () => {
  const long = `data: {"a":"${"x".repeat(100_000)}","usage":null}\n\n`;
  const filter = new UsageChunkFilter();
  const first = filter.filter(Buffer.from(long.slice(0, 80_000))).toString();
  expect(first.length).toBeGreaterThan(79_990);
  const rest = filter.filter(Buffer.from(`${long.slice(80_000)}data: ${usageChunk}\n\ndata: [DONE]\n\n`));
  expect(first + rest.toString()).toBe(`${long}data: [DONE]\n\n`);
});
