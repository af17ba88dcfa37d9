// What the operator is warned of at the start.
import { expect, it } from "vitest";
import { findWarnings } from "../../../server/config/warnings.ts";
import { configOf, withSession } from "../../support/configuration.ts";

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

it("warns of a voice that it does not know, where another server than OpenAI decides", () => {
  const voice = (value: string, env: Record<string, string> = {}) => {
    const session = `{ type: realtime, model: gpt-realtime-2.1, audio: { output: { voice: ${value} } } }`;
    const elsewhere = { OPENAI_API_KEY: "sk-1", OPENAI_BASE_URL: "http://127.0.0.1:4000/v1", ...env };
    return findWarnings(configOf(withSession(session), elsewhere), "2026-11-20");
  };
  expect(voice("marin")).toEqual([]);
  expect(voice("{ id: voice_12 }")).toEqual([]);
  expect(voice("nova")).toEqual([expect.stringMatching(/audio\.output\.voice: nova is not a voice of/)]);
  expect(voice("nova", { NEW_OPENAI_NAMES: "hazel, nova" })).toEqual([]);
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
    `profiles.default.session.tools[1].${place}: callers with a session of this profile`;
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
