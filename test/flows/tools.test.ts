// Calling tools: honest arguments, hostile ones, and who may.
import { request } from "node:http";
import { expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { serve } from "../support/server.ts";

const openai = "http://127.0.0.1:9/v1";
const json = { "content-type": "application/json" };

/** A broker whose one HTTP tool counts how often it ran, and returns what it got. */
const withEcho = async () => {
  const ran: string[] = [];
  const echo = await serve((asked, answer) => {
    const chunks: Buffer[] = [];
    asked.on("data", (chunk) => chunks.push(chunk));
    asked.on("end", () => {
      ran.push(Buffer.concat(chunks).toString());
      answer.setHeader("content-type", "application/json").end(ran.at(-1));
    });
  });
  const yaml = `
callers: { guests: loopback }
profiles:
  default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [echo, current_time, convert_units] }
tools:
  echo:
    description: Says what it heard.
    parameters:
      type: object
      properties:
        text: { type: string }
        count: { type: integer }
        ratio: { type: number }
        loud: { type: boolean }
        list: { type: array, items: { type: string } }
        box: { type: object, properties: { x: { type: number } } }
    request:
      method: POST
      url: ${echo.url}/
      body: { text: "{text}", count: "{count}", ratio: "{ratio}", loud: "{loud}", list: "{list}", box: "{box}" }
`;
  const broker = await createTestBroker({ openai, yaml });
  return {
    broker,
    ran,
    [Symbol.asyncDispose]: async () => {
      await broker.stop();
      await echo[Symbol.asyncDispose]();
    },
  };
};

it("tells the time where it is asked for, by the clock", async () => {
  const clock = { now: () => Date.UTC(2026, 6, 1, 12), monotonic: () => performance.now() };
  await using broker = await createTestBroker({ openai, clock });
  const answer = await broker.fetch("/current_time?time_zone=Asia/Tokyo");
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(await answer.json()).toEqual({
    time_zone: "Asia/Tokyo",
    local_time: "Wednesday, 1 July 2026 at 21:00",
    utc_offset: "UTC+09:00",
    utc: "2026-07-01T12:00:00.000Z",
  });
});

it.each([
  ["value=26.2&from=mile&to=kilometre", 42.1648128],
  ["value=100&from=celsius&to=fahrenheit", 212],
  ["value=-40&from=fahrenheit&to=celsius", -40],
  ["value=1&from=us_gallon&to=litre", 3.785411784],
  ["value=36&from=kilometre_per_hour&to=metre_per_second", 10],
])("converts %s to %f", async (query, result) => {
  await using broker = await createTestBroker({ openai });
  expect(await (await broker.fetch(`/convert_units?${query}`)).json()).toMatchObject({ result });
});

it("does not turn a length into a mass", async () => {
  await using broker = await createTestBroker({ openai });
  const answer = await broker.fetch("/convert_units?value=1&from=mile&to=gram");
  expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining('"/to"')]);
});

it("reads a query string by the types of the tool's schema", async () => {
  await using flow = await withEcho();
  const query = new URLSearchParams({
    text: "7",
    count: "7",
    ratio: "1e-3",
    loud: "true",
    list: '["a"]',
    box: '{"x":1}',
  });
  const answer = await flow.broker.fetch(`/echo?${query}`);
  expect(await answer.json()).toEqual({
    text: "7",
    count: 7,
    ratio: 0.001,
    loud: true,
    list: ["a"],
    box: { x: 1 },
  });
});

it("takes the same arguments as JSON, or none", async () => {
  await using flow = await withEcho();
  const args = { text: "día ☀", count: -3, list: [] };
  const answer = await flow.broker.fetch("/echo", {
    method: "POST",
    headers: json,
    body: JSON.stringify(args),
  });
  expect(await answer.json()).toEqual(args);
  expect(await (await flow.broker.fetch("/echo", { method: "POST" })).json()).toEqual({});
});

const mebibyte = "x".repeat(1024 * 1024);

it.each([
  ["a prototype", '{"__proto__":{"x":1}}', "/__proto__"],
  ["a prototype deep inside", '{"box":{"__proto__":{"x":1}}}', "/box/__proto__"],
  ["a constructor", '{"constructor":{"prototype":{}}}', "/constructor"],
  ["a repeated name", '{"text":"a","text":"b"}', "/text"],
  ["a repeated name in disguise", '{"text":"a","te\\u0078t":"b"}', "/text"],
  ["a repeated name deep inside", '{"box":{"x":1,"x":2}}', "/box/x"],
  ["infinity", '{"ratio":1e999}', "/ratio"],
  ["a number beyond precision", '{"count":1152921504606846976}', "/count"],
  ["a mebibyte of text", `{"text":"${mebibyte}"}`, "/text"],
  ["an array for a string", '{"text":["a"]}', "/text"],
  ["an object for a string", '{"text":{"toString":"x"}}', "/text"],
  ["a string for a number", '{"count":"7"}', "/count"],
  ["half a number for a whole one", '{"count":1.5}', "/count"],
  ["null", '{"text":null}', "/text"],
  ["an argument nobody asked for", '{"texts":"a"}', "/texts"],
])("refuses %s by naming the argument, and does not run the tool", async (_, body, pointer) => {
  await using flow = await withEcho();
  const answer = await flow.broker.fetch("/echo", { method: "POST", headers: json, body });
  expect(answer.status).toBe(422);
  const { errors } = (await answer.json()) as { errors: { pointer: string }[] };
  expect(errors.map((error) => error.pointer)).toContain(pointer);
  expect(flow.ran).toEqual([]);
});

it.each([
  ["text=a&text=b", "/text"],
  ["text=%FF", "/text"],
  ["text=%E0%A4%A", "/text"],
  ["count=0x10", "/count"],
  ["count=1e400", "/count"],
  ["count=", "/count"],
  ["loud=yes", "/loud"],
  ["list=a", "/list"],
  ["list[]=a", "/list[]"],
  ["__proto__=x", "/__proto__"],
  ["__proto__[x]=1", "/__proto__[x]"],
  ["a/b~c=1", "/a~1b~0c"],
])("refuses the query %s by naming the argument", async (query, pointer) => {
  await using flow = await withEcho();
  const answer = await flow.broker.fetch(`/echo?${query}`);
  expect(answer.status).toBe(422);
  const { errors } = (await answer.json()) as { errors: { pointer: string }[] };
  expect(errors.map((error) => error.pointer)).toEqual([pointer]);
  expect(flow.ran).toEqual([]);
});

it("names the argument whose bytes are no UTF-8", async () => {
  await using flow = await withEcho();
  const body = Buffer.concat([
    Buffer.from('{"count":1,"text":"a'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('"}'),
  ]);
  const answer = await flow.broker.fetch("/echo", { method: "POST", headers: json, body });
  expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining('"/text"')]);
});

it.each([
  ["no JSON", json, '{"text":', 400],
  ["a list", json, "[]", 400],
  ["a word", json, '"x"', 400],
  ["a deep nest", json, `${'{"box":'.repeat(100)}1${"}".repeat(100)}`, 400],
  ["a form", { "content-type": "application/x-www-form-urlencoded" }, "text=a", 415],
  ["plain text that a foreign page may send", { "content-type": "text/plain" }, '{"text":"a"}', 415],
  ["too much", json, `{"text":"${mebibyte}${mebibyte}"}`, 413],
])("answers %s with a refusal of the common shape", async (_, headers, body, status) => {
  await using flow = await withEcho();
  const answer = await flow.broker.fetch("/echo", { method: "POST", headers, body });
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(flow.ran).toEqual([]);
});

it("answers an endless address with a refusal of the common shape", async () => {
  await using flow = await withEcho();
  const answer = await new Promise<{ status: number | undefined; type: string | undefined }>(
    (resolve, reject) => {
      const asked = request(`${flow.broker.url}/echo?text=${"x".repeat(40_000)}`, (got) => {
        got.resume();
        resolve({ status: got.statusCode, type: got.headers["content-type"] });
      });
      asked.once("error", reject).end();
    },
  );
  expect(answer).toEqual({ status: 431, type: "application/problem+json" });
});

it("opens a tool to those who may use a profile that offers it, and tells nobody else of it", async () => {
  const yaml = `
callers:
  tokens: [{ name: alice, token: alice-0123456789abcdef }, { name: bob, token: bob-0123456789abcdefgh }]
profiles:
  default: { session: { type: realtime, model: m }, tools: [current_time] }
  private: { session: { type: realtime, model: m }, tools: [convert_units], allow: ["token:alice"] }
`;
  await using broker = await createTestBroker({ openai, yaml });
  const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const names = async (token: string) => {
    const { tools } = (await (await broker.fetch("/tools", as(token))).json()) as {
      tools: { name: string }[];
    };
    return tools.map(({ name }) => name).sort();
  };
  expect(await names("alice-0123456789abcdef")).toEqual(["convert_units", "current_time"]);
  expect(await names("bob-0123456789abcdefgh")).toEqual(["current_time"]);
  const call = "/convert_units?value=1&from=mile&to=foot";
  expect((await broker.fetch(call, as("bob-0123456789abcdefgh"))).status).toBe(403);
  expect((await broker.fetch(call, as("alice-0123456789abcdef"))).status).toBe(200);
  expect((await broker.fetch("/nope", as("bob-0123456789abcdefgh"))).status).toBe(404);
  expect((await broker.fetch("/nope")).status).toBe(401);
});

it.each([
  ["tools", "/tools is an address"],
  ["metrics", "/metrics is an address"],
  ["ephemeral-key", "/ephemeral-key is an address"],
  ["current_time", "another tool of this name"],
  ['"a b"', "1 to 64 letters"],
  [`"${"x".repeat(65)}"`, "1 to 64 letters"],
])("does not start with a tool called %s", async (name, why) => {
  const tool = "{ description: d, request: { url: 'https://example.com/' } }";
  const starting = createTestBroker({
    openai,
    yaml: `{ callers: { guests: loopback }, tools: { ${name}: ${tool} } }`,
  });
  await expect(starting).rejects.toMatchObject({ problems: [expect.stringContaining(why)] });
});
