// What an entry of `tools` in broker.yaml must say, so that nothing about it fails only when it is called.
import { describe, expect, it } from "vitest";
import { configOf, problemsIn } from "../../support/configuration.ts";

const tool = (
  request: string,
  more = "parameters: { type: object, properties: { x: { type: string } }, required: [x] }",
) => `tools: { weather: { description: Tells., ${more}, request: { ${request} } } }`;

it("needs a description and an address, and has defaults for the rest", () => {
  const { weather } = configOf(
    'tools: { weather: { description: Tells., request: { url: "https://h.example" } } }',
  ).tools;
  expect(weather).toMatchObject({
    parameters: { type: "object" },
    request: { method: "GET", query: {}, headers: {} },
    timeout_ms: 10_000,
    max_answer_bytes: 262_144,
  });
  expect(problemsIn("tools: { weather: {} }").map((problem) => problem.split(": ", 1)[0])).toEqual([
    "tools.weather.description",
    "tools.weather.request",
  ]);
});

describe("a name for a tool", () => {
  it.each(["bad name", "a/b", "a.b", "", "x".repeat(65), "café"])("is not %j", (name) => {
    const yaml = `tools: { ${JSON.stringify(name)}: { description: d, request: { url: "https://h.example" } } }`;
    expect(problemsIn(yaml)).toEqual([expect.stringContaining("must be 1 to 64 letters, digits, _ or -")]);
  });
});

describe("an address", () => {
  it.each([
    ...[
      "http://h.example",
      "https://h.example:8443/a/{x}/b",
      "http://127.0.0.1:9/{x}.json",
      "http://[::1]:9/",
    ],
    "https://h.example/a-{x}",
  ])("may be %s", (url) => {
    expect(problemsIn(tool(`url: "${url}"`))).toEqual([]);
  });

  it.each([
    ...["https://{x}.example/", "https://h.example:{x}/", "{x}", "https://{x}", "https://user:pw@h.example/"],
    ...["ftp://h.example/", "file:///etc/passwd", "//h.example", "/path", "https:///path", "h.example"],
    ...[
      "https://h.example/?q={x}",
      "https://h.example/#{x}",
      "https://h.example/a b",
      "https://h.example?x=1",
    ],
    ...["https://h.example:99999/", "https://[h.example/", "http://:80/"],
  ])("may not be %s", (url) => {
    expect(problemsIn(tool(`url: "${url}"`))).toEqual([
      expect.stringMatching(/^tools\.weather\.request\.url: must be an http/),
    ]);
  });
});

describe("a header", () => {
  it("may be fixed, and is a secret from then on", () => {
    const yaml = tool(
      'url: "https://h.example", headers: { authorization: "Bearer hidden", x-key: "hidden" }',
    );
    expect(problemsIn(yaml)).toEqual([]);
    expect(JSON.stringify(configOf(yaml))).not.toContain("hidden");
  });

  it("takes no argument", () => {
    expect(problemsIn(tool('url: "https://h.example", headers: { x-user: "{x}" }'))).toEqual([
      expect.stringMatching(/^tools\.weather\.request\.headers\.x-user: takes no \{argument\}/),
    ]);
  });

  it.each([
    '"x key": hidden',
    '"x:key": hidden',
    '"": hidden',
    'x-key: "hid\\nden"',
    'x-key: "hid\\0den"',
    'x-key: "hiddén→"',
  ])("that HTTP cannot carry stops the start, and is not shown: %s", (header) => {
    const problems = problemsIn(tool(`url: "https://h.example", headers: { ${header} }`));
    expect(problems).toEqual([expect.stringMatching(/^tools\.weather\.request\.headers\./)]);
    expect(problems.join()).not.toMatch(/hid/);
  });

  it("may end in a line break, as a file's content does", () => {
    expect(problemsIn(tool('url: "https://h.example", headers: { x-key: "hidden\\n" }'))).toEqual([]);
  });
});

describe("a body", () => {
  it.each(["POST", "PUT", "PATCH", "DELETE"])("goes with %s", (method) => {
    expect(problemsIn(tool(`method: ${method}, url: "https://h.example", body: { a: "{x}" }`))).toEqual([]);
  });

  it("does not go with GET, which is also the default", () => {
    expect(problemsIn(tool('url: "https://h.example", body: { a: "{x}" }'))).toEqual([
      "tools.weather.request.body: does not go with GET; set method to POST, PUT or PATCH",
    ]);
  });
});

describe("an argument in the request", () => {
  it.each([
    'url: "https://h.example/{y}"',
    'url: "https://h.example", query: { q: "{y}" }',
    'method: POST, url: "https://h.example", body: [{ a: "{y}" }]',
  ])("must be among the parameters: %s", (request) => {
    expect(problemsIn(tool(request))).toContain("tools.weather.request: {y} is not among the parameters");
  });

  it("in the path must be required: an empty segment would be another address", () => {
    const optional = "parameters: { type: object, properties: { x: { type: string } } }";
    expect(problemsIn(tool('url: "https://h.example/{x}"', optional))).toEqual([
      "tools.weather.parameters.required: {x} stands in the path, so it must be listed as required",
    ]);
  });
});

it.each([
  "parameters: { type: array }",
  "parameters: { type: object, properties: { x: { type: sorcery } } }",
  "parameters: { type: object, properties: { x: { not: { type: string } } } }",
  'parameters: { type: object, properties: { x: { pattern: "(" , type: string } } }',
  "answer: current",
  "timeout_ms: 0",
  "timeout_ms: 600000",
  "max_answer_bytes: 0",
  "colour: red",
])("%s stops the start", (more) => {
  expect(problemsIn(tool('url: "https://h.example"', more))).toEqual([
    expect.stringMatching(/^tools\.weather\./),
  ]);
});
