// Calling a tool: by query or by body, with an answer in JSON or text.
import { expect, it } from "vitest";
import { sendJson, startBackend } from "../support/backend.ts";
import { createTestBroker } from "../support/broker.ts";
import { problemIn } from "../support/problem.ts";

const openai = "http://127.0.0.1:9/v1";
const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5), monotonic: () => 0 };

const post = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

it("tells the time, whether I ask with a query or with a body", async () => {
  await using broker = await createTestBroker({ openai, clock });
  const byQuery = await broker.fetch("/current_time?time_zone=Asia/Tokyo");
  const byBody = await broker.fetch("/current_time", post({ time_zone: "Asia/Tokyo" }));
  expect([byQuery.status, byQuery.headers.get("content-type")]).toEqual([200, "application/json"]);
  expect(byQuery.headers.get("cache-control")).toBe("no-store");
  const answer = await byQuery.json();
  expect(answer).toEqual({
    time_zone: "Asia/Tokyo",
    local_time: expect.stringContaining("2 January 2026"),
    utc_offset: "UTC+09:00",
    utc: "2026-01-02T03:04:05.000Z",
  });
  expect(await byBody.json()).toEqual(answer);
});

it("reads numbers from a query as the tool's schema asks", async () => {
  await using broker = await createTestBroker({ openai });
  const answer = await broker.fetch("/convert_units?value=-1.5e1&from=celsius&to=kelvin");
  expect(await answer.json()).toEqual({ value: -15, from: "celsius", to: "kelvin", result: 258.15 });
});

const echo = (url: string) => `
callers: { guests: loopback }
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [echo] } }
tools:
  echo:
    description: Sends back what it got.
    parameters:
      type: object
      properties:
        text: { type: string }
        count: { type: integer }
        sure: { type: boolean }
        list: { type: array, items: { type: string } }
        place: { type: object, properties: { city: { type: string } } }
        nothing: { type: [integer, "null"] }
    request:
      method: POST
      url: ${url}/echo
      body: { text: "{text}", count: "{count}", sure: "{sure}", list: "{list}", place: "{place}", nothing: "{nothing}" }
`;

it("reads each argument of a query as the type that its schema names", async () => {
  await using backend = await startBackend((response, { body }) => sendJson(response, JSON.parse(body)));
  await using broker = await createTestBroker({ openai, yaml: echo(backend.url) });
  const query = new URLSearchParams({
    text: "12",
    count: "12",
    sure: "false",
    list: '["a","b"]',
    place: '{"city":"Köln"}',
    nothing: "null",
  });
  const answer = await broker.fetch(`/echo?${query}`);
  expect(await answer.json()).toEqual({
    text: "12",
    count: 12,
    sure: false,
    list: ["a", "b"],
    place: { city: "Köln" },
    nothing: null,
  });
});

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
  await using broker = await createTestBroker({ openai, yaml: echo(backend.url) });
  const seen: (string | null)[][] = [];
  for (const _ of answers) {
    const answer = await broker.fetch("/echo");
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

it("says what goes together when a tool itself refuses its arguments", async () => {
  await using broker = await createTestBroker({ openai });
  const answer = await broker.fetch("/convert_units?value=1&from=mile&to=kelvin");
  expect(answer.status).toBe(422);
  expect(await problemIn(answer)).toMatchObject({
    detail: "A length is not a temperature.",
    errors: [{ pointer: "/to" }],
  });
});

it("logs the tool and the names of wrong arguments, never the arguments", async () => {
  await using broker = await createTestBroker({ openai });
  await broker.fetch("/current_time?time_zone=my-private-address");
  const line = broker.logs.find(({ msg }) => msg === "request");
  expect(line).toMatchObject({ tool: "current_time", status: 422, errors: ["/time_zone"], caller: "guest" });
  expect(JSON.stringify(broker.logs)).not.toContain("my-private-address");
});
