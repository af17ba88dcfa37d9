// Names in broker.yaml that nearly agree.
import { expect, it } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../../../server/config/load.ts";
import { findRoleProblems } from "../../../server/config/name-check.ts";
import { problemsOf } from "../../support/configuration.ts";

const firstRound = (yaml: string, env: Record<string, string> = {}) =>
  problemsOf(() => loadConfig(env, () => yaml, ["current_time", "convert_units"]));

it("misspelt tools, profiles and roles are told with everything else", () => {
  const yaml = `
callers: { guests: perhaps, tokens: [{ name: alice, token: alice-0123456789abcdef, roles: [suport] }] }
users: [{ name: carol, roles: [support], profiles: [defalt] }]
profiles: { default: { session: { type: realtime, model: m }, tools: [curent_time, order-status], allow: ["token:alise"] } }
tools: { order_status: {} }
tool_rules: { weather: {} }
roles: { support: {} }`;
  const told = firstRound(yaml);
  for (const problem of [
    "callers.guests: must be none, loopback or anyone",
    "profiles.default.tools: there is no tool called curent_time; did you mean current_time? There are current_time, convert_units, order_status",
    "profiles.default.tools: there is no tool called order-status; did you mean order_status? There are current_time, convert_units, order_status",
    "tool_rules.weather: there is no tool called weather; there are current_time, convert_units, order_status",
    "users[0].profiles: there is no profile called defalt; did you mean default?",
    "profiles.default.allow: token:alise fits no configured caller; did you mean token:alice?",
    "callers.tokens[0].roles: nothing here is for the role suport; did you mean support?",
  ]) {
    expect(told).toContain(problem);
  }
});

it("whatever stands in the file, looking for names does not fail", () => {
  for (const part of ["1", "[1]", "x", "[[x]]", "{ x: 1 }", "{ x: [1] }", "{ x: { tools: 1, allow: x } }"]) {
    const sections = ["profiles", "tools", "users", "callers", "tool_rules", "relay", "roles", "metrics"];
    const yaml = [...sections.map((section) => `${section}: ${part}`), "extra: 1"].join("\n");
    expect(firstRound(yaml).length).toBeGreaterThan(0);
  }
});

it("a variable that is not set is one complaint, wherever it is used", () => {
  const yaml = `
settings: { openai_api_key: "\${KEY}" }
callers: { tokens: [{ name: a, token: "\${KEY}" }], issuers: [{ issuer: i, audience: a, algorithms: [HS256], shared_secret: "\${KEY}" }] }`;
  expect(firstRound(yaml)).toEqual([
    `settings.openai_api_key, callers.tokens[0].token, callers.issuers[0].shared_secret: the environment has no KEY; set it, or write $\${KEY} for the text itself`,
  ]);
});

it("an empty BROKER_CONFIG is told as such", () => {
  expect(firstRound("", { BROKER_CONFIG: "" })).toEqual([expect.stringMatching(/^BROKER_CONFIG: is empty/)]);
});

const roles = (yaml: string, stored?: readonly string[]) => findRoleProblems(parse(yaml), stored);
const asked = "profiles: { default: { allow: ['role:suport'] } }";

it("a role that nearly is another one is told", () => {
  expect(roles(`${asked}\nroles: { support: {} }`)).toContain(
    "profiles.default.allow: no caller here has the role suport; did you mean support?",
  );
  expect(roles(asked, ["support"])).toEqual([
    "profiles.default.allow: no caller here has the role suport; did you mean support?",
  ]);
});

it("a role that no caller has is told where that is certain", () => {
  const told = ["profiles.default.allow: no caller here has the role suport"];
  expect(roles(asked, [])).toEqual(told);
  expect(roles(asked, ["suport"])).toEqual([]);
  expect(roles(asked)).toEqual([]);
  expect(roles(`${asked}\ncallers: { issuers: [{ claims: { roles: [scope] } }] }`, [])).toEqual([]);
});
