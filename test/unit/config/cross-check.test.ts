// What the start says of a configuration that cannot work: everything, at once, by its place.
import { expect, it } from "vitest";
import { parse } from "yaml";
import { findProblems } from "../../../server/config/cross-check.ts";
import { loadConfig, parseConfig } from "../../../server/config/load.ts";
import { configOf, problemsIn, problemsOf } from "../../support/configuration.ts";

const tools = new Set(["current_time", "convert_units"]);
const crossProblems = (yaml: string, env: Record<string, string> = { OPENAI_API_KEY: "sk-x" }) =>
  findProblems(configOf(yaml, env), tools, 0);
const guests = "callers: { guests: loopback }";
const profile = (more: string) =>
  `${guests}\nprofiles: { default: { session: { type: realtime, model: m }, ${more} } }`;

it("names every problem of file, environment and references in one go", () => {
  const yaml = `
settings: { port: x, colour: red }
cors: { origins: ["https://a.example/path", "*"] }
callers:
  guests: maybe
  tokens: [{ name: "a b", token: short }, { token: "\${UNSET}" }]
  issuers: [{ issuer: i }]
profiles: { default: { session: { type: realtime, voice: marin }, ttl_seconds: 5 } }
tools: { "bad name": {} }
extra: 1`;
  const places = problemsIn(yaml, { LOG_LEVEL: "loud" }).map((problem) => problem.split(": ", 1)[0]);
  for (const place of [
    ...["settings.port", "settings.colour", "LOG_LEVEL", "cors.origins[0]", "cors.origins[1]", "extra"],
    ...["callers.guests", "callers.tokens[0].name", "callers.tokens[0].token", "callers.tokens[1].token"],
    ...["callers.issuers[0].audience", "callers.issuers[0].algorithms"],
    ...["profiles.default.session.voice", "profiles.default.session.model", "profiles.default.ttl_seconds"],
    "tools.bad name",
  ]) {
    expect(places).toContain(place);
  }
});

it("a secret that is too short is not shown", () => {
  const yaml =
    "callers: { tokens: [{ name: a, token: hunter2 }], issuers: [{ issuer: i, audience: a, algorithms: [HS256], shared_secret: hunter3 }] }";
  const problems = problemsIn(yaml);
  expect(problems).toHaveLength(2);
  expect(problems.join()).not.toMatch(/hunter/);
});

it.each([
  ["broken YAML", "not YAML at all: ["],
  ["a heading written twice", "cors: {}\ncors: {}"],
  ["a list", "- a\n- b"],
  ["a sentence", "just a sentence"],
  ["an alias without its anchor", "cors: *nowhere"],
  ["a bomb of aliases", `a: &a [1]\nb: [${"*a, ".repeat(200)}*a]`],
])("a file that is %s is a problem with its name, not a crash", (_, yaml) => {
  expect(problemsIn(yaml)[0]).toMatch(/^broker\.yaml: \S/);
});

it("a secret that looks like an alias is not shown", () => {
  const problems = problemsIn("settings: { openai_api_key: *hunter2 }");
  expect(problems).toEqual([expect.stringMatching(/^broker\.yaml: .*begins with \* must be quoted$/)]);
});

it("a part that contains itself is a problem with its place, not a crash", () => {
  const problems = problemsIn("callers: &a { guests: loopback, tokens: [*a] }");
  expect(problems).toContain("callers.tokens[0].tokens: contains itself");
});

it("an address of OpenAI's with a password is refused, and not shown", () => {
  const key = "{ name: a, secret: sk-x, base_url: 'http://user:hunter2@proxy.example/v1' }";
  const problems = problemsIn(`upstream_keys: [${key}]`, { OPENAI_BASE_URL: "https://hunter2@a.example/v1" });
  expect(problems).toEqual([
    "upstream_keys[0].base_url: must have no user or password in it",
    expect.stringMatching(/^OPENAI_BASE_URL: must have no user or password in it/),
  ]);
});

it("an address of an identity provider, an API or an MCP server with a password is refused, and not shown", () => {
  const url = "https://user:hunter2@a.example";
  const problems = problemsIn(
    `callers: { issuers: [{ issuer: "${url}", audience: a, algorithms: [RS256], jwks_url: "${url}/keys" }] }
openapi: [{ document: "${url}/openapi.json", operations: [a], base_url: "${url}" }]
mcp_servers: { shop: { url: "https://:hunter2@a.example/mcp" } }`,
  );
  expect(problems).toEqual([
    "callers.issuers[0].issuer: must have no user or password in it",
    "callers.issuers[0].jwks_url: must have no user or password in it",
    "openapi[0].document: must have no user or password in it",
    "openapi[0].base_url: must be an http(s) address without query; credentials go under headers",
    "mcp_servers.shop.url: must be an http(s) address; credentials go under headers",
  ]);
});

it("a misspelt voice is named together with other mistakes", () => {
  const session =
    "{ type: realtime, model: gpt-realtme-2.1, audio: { output: { voice: alloyy } }, speed: 3 }";
  const problems = problemsIn(`profiles: { default: { session: ${session} } }\nlimits: { mints: often }`);
  expect(problems.join("\n")).toMatch(/OpenAI has no voice alloyy; did you mean alloy\?/);
  expect(problems.join("\n")).toMatch(/OpenAI has no model gpt-realtme-2\.1/);
  expect(problems.length).toBeGreaterThan(3);
});

it("a named file that is not there is a problem; no file at all is not", () => {
  const missing = () => loadConfig({ BROKER_CONFIG: "/etc/broker.yaml" }, () => undefined);
  expect(problemsOf(missing)).toEqual(["BROKER_CONFIG: there is no file /etc/broker.yaml"]);
  expect(loadConfig({}, () => undefined).file).toBeUndefined();
});

it("without a key and without callers there is no start, and both are said", () => {
  expect(crossProblems("", {})).toEqual([
    expect.stringMatching(/^OPENAI_API_KEY: is not set/),
    expect.stringMatching(
      /^callers: nobody could call this service; add a user with `npx broker users add NAME`, or set callers\.tokens/,
    ),
  ]);
});

it.each([
  [
    profile("tools: [weather]"),
    "profiles.default.tools: there is no tool called weather; there are current_time, convert_units",
  ],
  [profile("allow: [token:bob]"), "profiles.default.allow: token:bob fits no configured caller"],
  [
    profile("allow: ['issuer:https://x']"),
    "profiles.default.allow: issuer:https://x fits no configured caller",
  ],
  [
    `${guests}\nmetrics: { allow: [token:prometheus] }`,
    "metrics.allow: token:prometheus fits no configured caller",
  ],
  [
    "callers: { guests: loopback, challenge: {} }",
    "callers.challenge: is for guests from anywhere; set callers.guests to anyone, or remove it",
  ],
  [
    "upstream_keys: [{ name: default, secret: sk-2 }]",
    "upstream_keys: default is the name of OPENAI_API_KEY; choose another, or unset that",
  ],
])("names that must agree are checked together: %s", (yaml, problem) => {
  expect(crossProblems(yaml)).toEqual(expect.arrayContaining([problem]));
});

it("a tool may not be offered twice under one name", () => {
  const session = "{ type: realtime, model: m, tools: [{ type: function, name: current_time }] }";
  expect(
    crossProblems(`${guests}\nprofiles: { default: { session: ${session}, tools: [current_time] } }`),
  ).toEqual(["profiles.default.session.tools: names a tool that profiles.default.tools offers already"]);
});

it.each([
  ["tokens: [{ name: a, token: 0123456789abcdef }, { name: a, token: abcdef0123456789 }]", "tokens"],
  [
    `issuers: [${'{ issuer: i, audience: a, algorithms: [RS256], jwks_url: "http://i/j" }, '.repeat(2)}]`,
    "issuers",
  ],
])("nobody may be configured twice: %s", (callers, place) => {
  expect(problemsIn(`callers: { ${callers} }`)).toEqual([expect.stringMatching(`^callers.${place}: each `)]);
});

it.each(["0", "1.5", "many", '"10 per minute"'])(
  "says how many may be under way, when it is told %s",
  (text) => {
    expect(problemsIn(`${guests}\nlimits: { in_flight: { caller: ${text} } }`)).toEqual([
      "limits.in_flight.caller: must be a number from 1 to 1000000, or none",
    ]);
  },
);

it("refuses to rotate a key whose secret another key has, since the old one is deleted", () => {
  const keysWith = (second: string) => `${guests}
upstream_keys:
  - { name: a, secret: sk-a, rotate: { project: proj_1 } }
  - { name: b, secret: ${second} }`;
  expect(crossProblems(keysWith("sk-b"))).toEqual([]);
  const problem = "upstream_keys.a.rotate: another key has the same secret; rotate one that is used once";
  expect(crossProblems(keysWith("sk-a"))).toEqual([problem]);
  expect(crossProblems(keysWith("sk-b"), { OPENAI_API_KEY: "sk-a" })).toEqual([problem]);
  const referring = keysWith("env:B").replace("secret: sk-a", "secret: env:A");
  const config = parseConfig(parse(referring), {}, { secrets: "samples" });
  expect(findProblems(config, tools, 0)).toEqual([]);
});
