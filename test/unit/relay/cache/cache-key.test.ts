// When two requests are one: whatever may change the answer makes another of it.
import { describe, expect, it } from "vitest";
import { cacheKeyOf, ownHeaders, varyingHeaders } from "../../../../server/relay/cache/cache-key.ts";
import { allowedRequestHeaders } from "../../../../server/relay/policy/request-headers.ts";

const body = { model: "gpt-5-mini", temperature: 0, messages: [{ role: "user", content: "Hello" }] };
const keyOf = (more: Partial<Parameters<typeof cacheKeyOf>[1]> = {}, scope = "all") =>
  cacheKeyOf(scope, {
    method: "POST",
    path: "/v1/chat/completions",
    query: "",
    headers: { "content-type": "application/json" },
    body,
    ...more,
  });

describe("one key", () => {
  it.each<[string, Parameters<typeof keyOf>[0]]>([
    ["the order of fields", { body: Object.fromEntries(Object.entries(body).toReversed()) }],
    ["whose the request is said to be", { body: { ...body, user: "u", safety_identifier: "s" } }],
    [
      "what names the caller's program",
      { headers: { "content-type": "application/json", "user-agent": "x", "x-stainless-timeout": "1" } },
    ],
    [
      "the caller's own id of it",
      { headers: { "content-type": "application/json", "x-client-request-id": "1" } },
    ],
  ])("whatever %s", (_, more) => {
    expect(keyOf(more)).toBe(keyOf());
    expect(keyOf()).toBeDefined();
  });
});

describe("another key", () => {
  const headers = (more: object) => ({ headers: { "content-type": "application/json", ...more } });
  it.each<[string, Parameters<typeof keyOf>[0]]>([
    ["another query", { query: "a=1" }],
    ["another accepted type", headers({ accept: "text/event-stream" })],
    ["another beta", headers({ "openai-beta": "responses=v1" })],
    ["another type of body", headers({ "content-type": "application/json; charset=utf-8" })],
    [
      "a list in place of an object",
      {
        body: {
          ...body,
          messages: [
            [
              ["content", "Hello"],
              ["role", "user"],
            ],
          ],
        },
      },
    ],
    ["an object in place of a list", { body: { ...body, messages: { 0: body.messages[0] } } }],
    ["a text in place of a number", { body: { ...body, seed: "1" } }],
    ["nothing in place of null", { body: { ...body, seed: null } }],
    ["a prototype", { body: JSON.parse(`{"__proto__":{},${JSON.stringify(body).slice(1)}`) }],
  ])("for %s", (_, more) => {
    expect(keyOf(more)).toBeDefined();
    expect(keyOf(more)).not.toBe(keyOf());
  });

  it("for another entry of relay", () => {
    expect(keyOf({}, "one")).not.toBe(keyOf({}, "other"));
  });

  it("for each of two numbers, never the same for one that is null to others", () => {
    const keys = ["1", "2", "null"].map((seed) =>
      keyOf({ body: JSON.parse(`{"seed":${seed},${JSON.stringify(body).slice(1)}`) }),
    );
    expect(new Set(keys).size).toBe(3);
    for (const seed of ["1e999", "-1e999"]) {
      const parsed = JSON.parse(`{"seed":${seed},${JSON.stringify(body).slice(1)}`);
      expect(() => keyOf({ body: parsed })).toThrow(expect.objectContaining({ code: "request-malformed" }));
    }
  });
});

it.each(ownHeaders.map((name) => [name]))("no key with %s: the answer is for one caller alone", (name) => {
  expect(keyOf({ headers: { [name]: '"1"' } })).toBeUndefined();
});

it("every header field that goes to OpenAI is in the key, keeps the request apart, or changes nothing", () => {
  const changesNothing = ["accept-encoding", "openai-safety-identifier", "x-client-request-id"];
  const known = [...varyingHeaders, ...ownHeaders, ...changesNothing];
  const all = new Proxy({}, { get: () => "x" });
  const going = allowedRequestHeaders(all, "caller").filter((_, index) => index % 2 === 0);
  expect(going.length).toBeGreaterThan(5);
  expect(going.filter((name) => !known.includes(name))).toEqual([]);
});

it.each<[string, Parameters<typeof keyOf>[0]]>([
  ["GET", { method: "GET" }],
  ["a warm chat", { body: { ...body, temperature: 1 } }],
  ["a response", { path: "/v1/responses" }],
  ["what is stored", { body: { ...body, store: true } }],
  ["no JSON", { body: undefined }],
  ["too many values", { body: { ...body, stop: Array(100_001).fill("a") } }],
  [
    "too many names",
    { body: { ...body, ...Object.fromEntries(Array.from({ length: 100_001 }, (_, at) => [`n${at}`, 1])) } },
  ],
  ["too many lists", { body: { ...body, stop: Array.from({ length: 60_000 }, () => ["a"]) } }],
])("no key for %s", (_, more) => {
  expect(keyOf(more)).toBeUndefined();
});
