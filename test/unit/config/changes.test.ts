// What changed from one broker.yaml to another, and what waits for a restart.
import { describe, expect, it } from "vitest";
import { changesOf, isSameValue, keepUntilRestart } from "../../../server/config/changes.ts";
import { Secret } from "../../../server/secret.ts";
import { configOf } from "../../support/configuration.ts";
import { readSource } from "../../support/source.ts";

const env = { OPENAI_API_KEY: "sk-one", TOKEN: "alice-0123456789abcdef" };
const callers = `callers: { tokens: [{ name: alice, token: "\${TOKEN}" }] }`;
const changes = (before: string, now: string, more: Record<string, string> = {}) =>
  changesOf(configOf(before, env), configOf(now, { ...env, ...more }));

describe("changes", () => {
  it("are none between two readings of the same file", () => {
    const example = readSource("broker.example.yaml").replaceAll(/^ {2}# (\w+: )/gm, "  $1");
    const variables = [...example.matchAll(/(?<!\$)\$\{(\w+)\}/g)].map(([, name = ""]) => name);
    const all = Object.fromEntries(variables.map((name) => [name, `${name}-`.padEnd(40, "0")]));
    expect(changesOf(configOf(example, all), configOf(example, all))).toEqual([]);
  });

  it.each<[string, string, string, string[]]>([
    ["a setting", callers, `${callers}\nsettings: { log_level: debug }`, ["settings.log_level"]],
    [
      "an entry by its name",
      `${callers}\nroles: { vip: { limits: { mints: 5 per hour } }, other: { limits: { mints: 1 per hour } } }`,
      `${callers}\nroles: { vip: { limits: { mints: 6 per hour } }, other: { limits: { mints: 1 per hour } } }`,
      ["roles.vip"],
    ],
    [
      "a key that was added",
      callers,
      `${callers}\nupstream_keys: [{ name: eu, secret: sk-eu }]`,
      ["upstream_keys.eu"],
    ],
    [
      "the order of entries, of which the first that admits a caller decides",
      `${callers}\nrelay: { a: { allow: [everyone] }, b: { allow: [members] } }`,
      `${callers}\nrelay: { b: { allow: [members] }, a: { allow: [everyone] } }`,
      ["relay"],
    ],
  ])("name %s", (_, before, now, expected) => {
    expect(changes(before, now)).toEqual(expected);
  });

  it("tell of a secret only that it is another", () => {
    const more = { OPENAI_API_KEY: "sk-two", TOKEN: "alice-9999999999999999" };
    expect(changes(callers, callers, more)).toEqual([
      "settings.openai_api_key (secret)",
      "callers.tokens (secret)",
    ]);
  });
});

it("values are the same when all they hold is, secrets included", () => {
  const server = (secret: string) => ({
    url: "http://a",
    headers: { x: new Secret(secret) },
    list: [1, null],
  });
  expect(isSameValue(server("one"), server("one"))).toBe(true);
  expect(isSameValue(server("one"), server("two"))).toBe(false);
  expect(isSameValue(server("one"), { ...server("one"), more: undefined })).toBe(false);
  expect(isSameValue(undefined, server("one"))).toBe(false);
});

it("what only a start can change stays as it is in force, and is named", () => {
  const before = configOf(callers, env);
  const next = configOf(`${callers}\nsettings: { port: 9999, log_level: debug }\ntools_dir: ./tools`, {
    ...env,
    REDIS_URL: "redis://localhost",
  });
  const { config, needsRestart } = keepUntilRestart(before, next);
  expect(needsRestart).toEqual(["settings.port", "settings.redis_url", "tools_dir"]);
  expect(config.settings).toMatchObject({ port: 8787, redis_url: undefined, log_level: "debug" });
  expect(config.tools_dir).toBeUndefined();
});
