// What an entry of `mcp_servers` must say, and which tools an entry of a profile means.
import { expect, it } from "vitest";
import { means } from "../../../../server/tools/mcp/servers.ts";
import { configOf, problemsIn } from "../../../support/configuration.ts";

const server = (text: string, name = "shop") => `mcp_servers: { ${name}: { ${text} } }`;

it.each([
  ['url: "https://h.example/mcp"'],
  ['url: "http://127.0.0.1:9/mcp?tenant=1", headers: { authorization: "Bearer hidden" }'],
  ["command: npx, args: [-y, thing], env: { KEY: hidden }"],
])("may be { %s }, and shows no secret", (text) => {
  expect(problemsIn(server(text))).toEqual([]);
  expect(JSON.stringify(configOf(server(text)))).not.toContain("hidden");
});

it.each([
  ["", "mcp_servers.shop: needs either a url or a command"],
  ['url: "https://h.example", command: npx', "mcp_servers.shop: needs either a url or a command"],
  ["command: npx, headers: { a: b }", "mcp_servers.shop.headers: goes with a url only"],
  ['url: "https://h.example", args: [a]', "mcp_servers.shop.args: goes with a command only"],
  ['url: "https://h.example", env: { A: b }', "mcp_servers.shop.env: goes with a command only"],
  ["command: npx, env: { 'A B': hidden }", "mcp_servers.shop.env.A B: is not an environment variable's name"],
  ...["https://user:hidden@h.example/", "ftp://h.example", "h.example"].map((url) => [
    `url: "${url}"`,
    "mcp_servers.shop.url: must be an http(s) address; credentials go under headers",
  ]),
])("may not be { %s }", (text, problem) => {
  expect(problemsIn(server(text))).toEqual([problem]);
});

it.each(["a_b", "a b", "x".repeat(25)])("may not be called %s", (name) => {
  expect(problemsIn(server("command: npx", `"${name}"`))).toEqual([
    expect.stringContaining("letters, digits or -"),
  ]);
});

it.each([
  ["shop__find", "shop__find", true],
  ["shop__*", "shop__find", true],
  ["shop__*", "shop__", true],
  ["shop__*", "shops__find", false],
  ["*", "shop__find", false],
  ["shop__f*", "shop__find", false],
  ["__*", "find", false],
  ["undefined__*", "find", false],
])("%s means %s: %s", (entry, tool, isMeant) => {
  expect(means(entry, tool)).toBe(isMeant);
});
