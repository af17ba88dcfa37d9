// Arguments that an attacker would send: each is refused by name, and the tool never runs.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Backend, sendJson, startBackend } from "../support/backend.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { problemIn } from "../support/problem.ts";

let backend: Backend;
let broker: TestBroker;

// `open` takes any argument besides the named ones, as careless schemas do.
const yaml = (url: string) => `
callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [strict, open] } }
tools:
  strict:
    description: Takes what it names.
    parameters: &shape
      type: object
      properties:
        text: { type: string }
        count: { type: integer }
        sure: { type: boolean }
        list: { type: array, items: { type: string } }
        place: { type: object, properties: { city: { type: string } }, additionalProperties: false }
    request: { method: POST, url: "${url}/strict", body: { text: "{text}", count: "{count}", place: "{place}" } }
  open:
    description: Takes anything.
    parameters: { type: object, properties: { any: {} }, additionalProperties: true }
    request: { method: POST, url: "${url}/open", body: { any: "{any}" } }
`;

beforeAll(async () => {
  backend = await startBackend((response) => sendJson(response, "the tool ran"));
  broker = await createTestBroker({ openai: "http://127.0.0.1:9/v1", yaml: yaml(backend.url) });
});
afterAll(async () => {
  await broker.stop();
  await backend[Symbol.asyncDispose]();
});
beforeEach(() => {
  backend.requests.length = 0;
});

const post = (body: string | Uint8Array): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: new Uint8Array(Buffer.from(body)),
});

const binary = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
// The rest of a name whose first letter is written as \u00xx.
const hex = (name: string) => name.charCodeAt(0).toString(16) + name.slice(1);
const mebibyte = "x".repeat(1024 * 1024);

it("runs the tools of this file when nothing is wrong", async () => {
  const first = await broker.fetch("/strict", post('{"text":"a","count":1,"place":{"city":"Oslo"}}'));
  const second = await broker.fetch("/open?any=1&other=2");
  expect([first.status, second.status, backend.requests.length]).toEqual([200, 200, 2]);
});

describe.each([
  ["strict", "/text"],
  ["open", "/any"],
])("whatever the schema of %s says", (tool, pointer) => {
  const name = pointer.slice(1);
  it.each<[what: string, query: string, body: string | Uint8Array | undefined, blamed: string]>([
    ["__proto__ in a body", "", '{"__proto__":{"isAdmin":true}}', "/__proto__"],
    ["__proto__ spelled with escapes", "", '{"\\u005f_proto__":{"isAdmin":true}}', "/__proto__"],
    ["__proto__ deep inside", "", `{"${name}":{"a":[{"__proto__":1}]}}`, `${pointer}/a/0/__proto__`],
    ["__proto__ in a query", "?__proto__=1", undefined, "/__proto__"],
    ["__proto__ in an encoded query", "?%5f_proto__=1", undefined, "/__proto__"],
    ["a key twice", "", `{"${name}":"a","${name}":"b"}`, pointer],
    ["a key twice, spelled differently", "", `{"${name}":"a","\\u00${hex(name)}":"b"}`, pointer],
    ["a key twice inside", "", `{"${name}":{"a":1,"a":2}}`, `${pointer}/a`],
    ["a name twice in a query", `?${name}=a&${name}=b`, undefined, pointer],
    ["a name in both places", `?${name}=a`, `{"${name}":"a"}`, pointer],
    ["a number beyond all bounds", "", `{"${name}":1e999}`, pointer],
    ["a number beyond all bounds below zero", "", `{"${name}":-1e999}`, pointer],
    ["a number that loses digits", "", `{"${name}":1152921504606846976}`, pointer],
    ["a huge number deep inside", "", `{"${name}":[[9007199254740993]]}`, `${pointer}/0/0`],
    ["a text of 1 MiB", "", `{"${name}":"${mebibyte}"}`, pointer],
    ["a text of 1 MiB deep inside", "", `{"${name}":{"a":["${mebibyte}"]}}`, `${pointer}/a/0`],
    ["bytes that are not UTF-8", "", binary(`{"${name}":"\xc3\x28"}`), pointer],
    ["overlong UTF-8", "", binary(`{"${name}":"\xc0\xaf"}`), pointer],
    ["a query that is not UTF-8", `?${name}=%ff`, undefined, pointer],
    ["half a surrogate pair in a query", `?${name}=%ed%a0%80`, undefined, pointer],
    ["half a letter in a query", `?${name}=%E0%A4`, undefined, pointer],
    ["a broken escape in a query", `?${name}=%zz`, undefined, pointer],
    ["a name that is not UTF-8", "?%ff=1", undefined, "/%ff"],
  ])("refuses %s", async (_, query, body, blamed) => {
    const answer = await broker.fetch(`/${tool}${query}`, body === undefined ? {} : post(body));
    const problem = await problemIn(answer);
    expect([answer.status, problem.code]).toEqual([422, "arguments-invalid"]);
    expect(problem.errors?.map((error) => error.pointer)).toContain(blamed);
    expect(backend.requests).toEqual([]);
  });
});

it.each<[what: string, query: string, body: string | undefined, blamed: string]>([
  ["constructor", "?constructor=1", undefined, "/constructor"],
  ["constructor in a body", "", '{"constructor":{"prototype":{"x":1}}}', "/constructor"],
  ["toString", "?toString=1", undefined, "/toString"],
  ["hasOwnProperty", "", '{"hasOwnProperty":1}', "/hasOwnProperty"],
  ["an array where a string belongs", "", '{"text":["a"]}', "/text"],
  ["an object where a string belongs", "", '{"text":{"toString":"x"}}', "/text"],
  ["a string where a number belongs", "", '{"count":"1"}', "/count"],
  ["null where a string belongs", "", '{"text":null}', "/text"],
  ["a fraction where an integer belongs", "?count=1.5", undefined, "/count"],
  ["a hexadecimal number", "?count=0x10", undefined, "/count"],
  ["an empty number", "?count=", undefined, "/count"],
  ["a number with a space", "?count=+1", undefined, "/count"],
  ["1e999 in a query", "?count=1e999", undefined, "/count"],
  ["2^60 in a query", "?count=1152921504606846976", undefined, "/count"],
  ["broken JSON in a query", "?list=[1,", undefined, "/list"],
  ["an array with one bad part", "", '{"list":["a",7]}', "/list/1"],
  ["an unknown part of an object", "", '{"place":{"city":"a","zip":1}}', "/place/zip"],
  [
    "__proto__ in the JSON of a query",
    `?place=${encodeURIComponent('{"__proto__":{}}')}`,
    undefined,
    "/place",
  ],
  ["a word where an array belongs", "?list=a", undefined, "/list"],
  ["yes where true belongs", "?sure=yes", undefined, "/sure"],
  ["a name with slash and tilde", "?a/b~c=1", undefined, "/a~1b~0c"],
  ["__proto__ in brackets", "?__proto__[x]=1", undefined, "/__proto__[x]"],
  ["brackets as in PHP", "?text[]=a", undefined, "/text[]"],
])("refuses %s where the schema has no room for it", async (_, query, body, blamed) => {
  const answer = await broker.fetch(`/strict${query}`, body === undefined ? {} : post(body));
  const problem = await problemIn(answer);
  expect([answer.status, problem.code]).toEqual([422, "arguments-invalid"]);
  expect(problem.errors?.map((error) => error.pointer).join()).toContain(blamed);
  expect(backend.requests).toEqual([]);
});

it("takes texts of 64 Ki characters and numbers up to 2^53 - 1", async () => {
  const body = JSON.stringify({ text: "x".repeat(65_536), count: Number.MAX_SAFE_INTEGER });
  const answer = await broker.fetch("/strict", post(body));
  expect(answer.status).toBe(200);
  expect(JSON.parse(backend.requests[0]?.body ?? "")).toMatchObject({ count: 9007199254740991 });
});

it("leaves the prototype of objects alone after all of this", () => {
  expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain("isAdmin");
  expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
});
