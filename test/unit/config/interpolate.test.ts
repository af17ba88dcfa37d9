// `${NAME}` in broker.yaml.
import fc from "fast-check";
import { expect, it } from "vitest";
import { interpolate } from "../../../server/config/interpolate.ts";
import { configOf, problemsIn } from "../../support/configuration.ts";

const filled = (document: unknown, env: Record<string, string> = {}) => interpolate(document, env).value;

it("puts the environment's value into texts, at any depth and several times", () => {
  const document = { a: `\${X}`, b: [`-\${X}-\${Y}-`, { c: `\${X}\${X}` }], n: 5, t: true, z: null };
  expect(filled(document, { X: "1", Y: "2" })).toEqual({
    a: "1",
    b: ["-1-2-", { c: "11" }],
    n: 5,
    t: true,
    z: null,
  });
});

it("leaves a reference as text where its dollar is doubled", () => {
  expect(filled(`$\${X} and \${X}`, { X: "1" })).toBe(`\${X} and 1`);
  expect(filled(`costs $5, {X}, \${1X}, \${}`)).toBe(`costs $5, {X}, \${1X}, \${}`);
});

it("an empty value is a value; an unset name is a problem that says where it stands", () => {
  expect(filled(`[\${X}]`, { X: "" })).toBe("[]");
  expect(interpolate({ callers: { tokens: [{ token: `\${ALICE}` }] } }, {}).problems).toEqual([
    `callers.tokens[0].token: the environment has no ALICE; set it, or write $\${ALICE} for the text itself`,
  ]);
});

it("does not fill a value in again", () => {
  expect(filled(`\${X}`, { X: `\${Y}`, Y: "no" })).toBe(`\${Y}`);
  expect(filled(`\${X}`, { X: "$&$1$$" })).toBe("$&$1$$");
});

const profile = `profiles: { default: { session: { type: realtime, model: m, instructions: "\${TEXT}" } } }`;

it.each([
  "]}} # 0123456789abcdef",
  'x", name: "root-0123456789',
  "a\nguests: anyone\n0123456789",
  "!!js/function 0123456789",
  "&a [0123456789abcdef]",
])("a value cannot change the document's structure: %j", (value) => {
  const config = configOf(profile, { TEXT: value });
  expect(config).toMatchObject({ callers: { guests: "none", tokens: [], issuers: [] }, tools: {} });
  expect(config.profiles.default?.session).toEqual({ type: "realtime", model: "m", instructions: value });
});

it("whatever the environment holds, the shape of the document stays", () => {
  const shape = (node: unknown): unknown =>
    typeof node === "object" && node !== null
      ? Object.entries(node).map(([k, v]) => [k, shape(v)])
      : typeof node;
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (document, value) => {
      expect(shape(filled(document, { X: value }))).toEqual(shape(document));
      expect(filled({ a: `\${X}` }, { X: value })).toEqual({ a: value });
    }),
  );
});

it("names are not filled in, and a comment is not looked at", () => {
  expect(problemsIn(`# \${NOT_SET}\ncors: { origins: [] }`)).toEqual([]);
});
