// `${NAME}` where broker.yaml has a number or a flag.
import { expect, it } from "vitest";
import { configOf } from "../../support/configuration.ts";

const profile = (ttl: string) =>
  `profiles: { default: { session: { type: realtime, model: m }, ttl_seconds: "${ttl}" } }`;
const reference = (name: string) => `\${${name}}`;

it("takes a number and a flag from the environment", () => {
  const relay = `relay: { all: { allow: [members], include_usage: "${reference("USAGE")}" } }`;
  const yaml = `${profile(reference("TTL"))}\n${relay}`;
  const { profiles, relay: entries } = configOf(yaml, { TTL: "90", USAGE: "false" });
  expect(profiles.default?.ttl_seconds).toBe(90);
  expect(entries?.all?.include_usage).toBe(false);
});

it("keeps a token of digits a text", () => {
  const yaml = `callers: { tokens: [{ name: a, token: "${reference("TOKEN")}" }] }\n${profile(reference("TTL"))}`;
  const token = "1234567890123456";
  expect(configOf(yaml, { TOKEN: token, TTL: "60" }).callers.tokens[0]?.token.reveal()).toBe(token);
});

it.each(["", "many", "6e1", "0x10"])("refuses %j for a number, and names the field", (TTL) => {
  expect(() => configOf(profile(reference("TTL")), { TTL })).toThrow("profiles.default.ttl_seconds: ");
});

it("holds the number to the field's range", () => {
  expect(() => configOf(profile(reference("TTL")), { TTL: "9" })).toThrow("profiles.default.ttl_seconds: ");
});

it("takes no number that the file itself has as text", () => {
  expect(() => configOf(profile("90"))).toThrow("profiles.default.ttl_seconds: ");
});
