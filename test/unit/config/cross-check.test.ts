// What the start says of a configuration that cannot work: everything, at once, by its place.
import { expect, it } from "vitest";
import { findProblems, findWarnings } from "../../../server/config/cross-check.ts";
import { loadConfig } from "../../../server/config/load.ts";
import { configOf, problemsIn, problemsOf, withSession } from "../../support/configuration.ts";

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
  [profile("tools: [weather]"), "profiles.default.tools: there is no tool called weather"],
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

const warnings = (session: string, today = "2026-11-20") =>
  findWarnings(configOf(withSession(session)), today);

it("warns of a model that OpenAI will shut down, and of one that it has", () => {
  const old = "{ type: realtime, model: gpt-realtime }";
  const says = (verb: string) => [
    `profiles.default.session.model: OpenAI ${verb} gpt-realtime on 2027-01-20; choose another`,
  ];
  expect(warnings(old)).toEqual(says("will shut down"));
  expect(warnings(old, "2027-01-19")).toEqual(says("will shut down"));
  expect(warnings(old, "2027-01-20")).toEqual(says("shut down"));
});

it("warns of a transcription model on its way out, in both types of session", () => {
  const input = "audio: { input: { transcription: { model: whisper-1 } } }";
  const place = "profiles.default.session.audio.input.transcription.model";
  for (const type of ["type: transcription", "type: realtime, model: gpt-realtime-2.1"]) {
    expect(warnings(`{ ${type}, ${input} }`)).toEqual([
      expect.stringContaining(`${place}: OpenAI will shut down`),
    ]);
  }
});

it("warns of a voice that it does not know, and not of a custom one", () => {
  const voice = (value: string) =>
    warnings(`{ type: realtime, model: gpt-realtime-2.1, audio: { output: { voice: ${value} } } }`);
  expect(voice("marin")).toEqual([]);
  expect(voice("{ id: voice_12 }")).toEqual([]);
  expect(voice("nova")).toEqual([expect.stringMatching(/audio\.output\.voice: nova is not a voice known/)]);
});

it("warns of a key that travels without encryption", () => {
  const yaml = (url: string) => `upstream_keys: [{ name: k, secret: sk-1, base_url: "${url}" }]`;
  const warned = (url: string) => findWarnings(configOf(yaml(url)), "2026-11-20");
  expect(warned("http://10.0.0.9/v1")).toEqual([
    "upstream_keys: k travels without encryption to http://10.0.0.9/v1; use https",
  ]);
  expect(warned("http://127.0.0.1:4000/v1")).toEqual([]);
  expect(warned("https://eu.api.openai.com/v1")).toEqual([]);
});

it("warns when anyone may spend the money", () => {
  expect(findWarnings(configOf("callers: { guests: anyone }"), "2026-11-20")).toEqual([
    expect.stringMatching(/^callers\.guests: anyone /),
  ]);
});

it("warns of replicas that could not accept each other's challenges", () => {
  const yaml = (settings: string) => `callers: { guests: anyone, challenge: {} }\nsettings: { ${settings} }`;
  const redis = "redis_url: redis://localhost";
  const warned = (settings: string) =>
    findWarnings(configOf(yaml(settings)), "2026-11-20").some((warning) =>
      /^callers\.challenge: /.test(warning),
    );
  expect(warned(redis)).toBe(true);
  expect(warned(`${redis}, token_hash_key: ${"k".repeat(32)}`)).toBe(false);
  expect(warned(`${redis}, database_url: "postgres://localhost/x"`)).toBe(false);
  expect(warned("")).toBe(false);
});

it("warns of replicas that tell OpenAI different identifiers of one caller", () => {
  const warned = (settings: string) =>
    findWarnings(configOf(`settings: { ${settings} }`), "2026-11-20").some((warning) =>
      warning.startsWith("SAFETY_IDENTIFIER_SALT: "),
    );
  const redis = "redis_url: redis://localhost";
  expect(warned(redis)).toBe(true);
  expect(warned(`${redis}, safety_identifier_salt: s`)).toBe(false);
  expect(warned(`${redis}, database_url: "postgres://localhost/x"`)).toBe(false);
  expect(warned("")).toBe(false);
});

it.each([
  ["authorization: secret-0123", ["authorization"]],
  ["headers: { x-key: secret-0123 }, authorization: secret-0123", ["authorization", "headers"]],
  ["headers: {}", []],
  ["headers: null", []],
  ["require_approval: never", []],
])("warns of an MCP server's credential that the session's holder can read: %s", (field, places) => {
  const mcp = (more: string) =>
    `{ type: mcp, server_label: m, server_url: "https://m.example/sse", ${more} }`;
  const clock = "{ type: function, name: clock }";
  const said = warnings(`{ type: realtime, model: gpt-realtime-2.1, tools: [${clock}, ${mcp(field)}] }`);
  const at = (place: string) =>
    `profiles.default.session.tools[1].${place}: whoever has a session of this profile`;
  expect(said).toEqual(places.map((place) => expect.stringContaining(at(place))));
  expect(said.join()).not.toContain("secret");
});

it("warns of a credential in an MCP server's address, too", () => {
  const warned = (url: string) =>
    warnings(
      `{ type: realtime, model: gpt-realtime-2.1, tools: [{ type: mcp, server_label: m, server_url: "${url}" }] }`,
    ).length;
  expect(warned("https://m.example/sse?key=secret-0123")).toBe(1);
  expect(warned("https://user:secret-0123@m.example/sse")).toBe(1);
  expect(warned("https://m.example/sse")).toBe(0);
});

it("says nothing about the built-in profile", () => {
  expect(findWarnings(configOf(""), "2026-11-20")).toEqual([]);
});

it.each(["0", "1.5", "many", '"10 per minute"'])(
  "says how many may be under way, when it is told %s",
  (text) => {
    expect(problemsIn(`${guests}\nlimits: { in_flight: { caller: ${text} } }`)).toEqual([
      "limits.in_flight.caller: must be a number from 1 to 1000000, or none",
    ]);
  },
);
