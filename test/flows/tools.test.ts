// Calling tools: arguments in, an answer in JSON or text out.
import { expect, it } from "vitest";
import { sendJson, startBackend } from "../support/backend.ts";
import { createTestBroker } from "../support/broker.ts";
import { problemIn } from "../support/problem.ts";

const openai = "http://127.0.0.1:9/v1";
const json = { "content-type": "application/json" };

/** A broker whose HTTP tool sends back what it got. */
const withEcho = async () => {
  const echo = await startBackend((response, { body }) => sendJson(response, JSON.parse(body)));
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

const toolAt = (url: string) => `
callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [relay] } }
tools: { relay: { description: Passes on an answer., request: { url: "${url}/" } } }
`;

it("answers a string as text, anything else as JSON, and an empty answer as it is", async () => {
  const answers: [type: string, body: string][] = [
    ["text/plain", "sunny ☀"],
    ["application/json", '"sunny"'],
    ["application/json", "17"],
    ["application/vnd.weather+json", "null"],
    ["text/plain", ""],
  ];
  const next = answers.values();
  await using backend = await startBackend((response) => {
    const [type = "", body = ""] = next.next().value ?? [];
    response.setHeader("content-type", type).end(body);
  });
  await using broker = await createTestBroker({ openai, yaml: toolAt(backend.url) });
  const seen: (string | null)[][] = [];
  for (const _ of answers) {
    const answer = await broker.fetch("/relay");
    seen.push([answer.headers.get("content-type"), await answer.text()]);
  }
  const text = "text/plain; charset=UTF-8";
  expect(seen).toEqual([
    [text, "sunny ☀"],
    [text, "sunny"],
    ["application/json", "17"],
    ["application/json", "null"],
    [text, ""],
  ]);
});

const post = (body: unknown): RequestInit => ({ method: "POST", headers: json, body: JSON.stringify(body) });

it("names the argument that is missing, unknown, of the wrong type or given in two places", async () => {
  await using broker = await createTestBroker({ openai });
  const refusal = async (path: string, init?: RequestInit) => {
    const answer = await broker.fetch(path, init);
    const { code, errors, detail } = await problemIn(answer);
    return [answer.status, code, detail, errors?.map(({ pointer }) => pointer)];
  };
  const expected = (tool: string, ...pointers: string[]) => [
    422,
    "arguments-invalid",
    `The tool ${tool} was not run.`,
    pointers,
  ];
  expect(await refusal("/current_time")).toEqual(expected("current_time", "/time_zone"));
  expect(await refusal("/current_time?time_zone=Utopia/Nowhere")).toEqual(
    expected("current_time", "/time_zone"),
  );
  expect(await refusal("/current_time?time_zone=UTC&format=long")).toEqual(
    expected("current_time", "/format"),
  );
  expect(await refusal("/convert_units?value=much&from=mile&to=metre")).toEqual(
    expected("convert_units", "/value"),
  );
  expect(await refusal("/current_time?time_zone=UTC", post({ time_zone: "UTC" }))).toEqual(
    expected("current_time", "/time_zone"),
  );
});

it("logs the tool and the names of wrong arguments, never the arguments", async () => {
  await using broker = await createTestBroker({ openai });
  await broker.fetch("/current_time?time_zone=my-private-address");
  const line = broker.logs.find(({ msg }) => msg === "request");
  expect(line).toMatchObject({ tool: "current_time", status: 422, errors: ["/time_zone"], caller: "guest" });
  expect(JSON.stringify(broker.logs)).not.toContain("my-private-address");
});
