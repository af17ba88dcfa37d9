// No regular expression takes more than linear time, whatever it reads.
import ts from "typescript";
import { expect, test } from "vitest";
import { slowInput } from "../support/regex-cost.ts";
import { nodesIn, treesOf } from "../support/syntax.ts";

const nodes = treesOf("server", "client", "web-demo", "web-admin").flatMap(({ path, tree }) =>
  nodesIn(tree).map((node) => ({ path, node })),
);

// A slash at the end of addresses that stand in the configuration; and tokens of a text that is known to be JSON.
const readNoInput = new Set(["/\\/+$/", String.raw`/"(?:[^"\\]|\\.)*"|[{}[\],]/g`]);

const literals = [
  ...new Map(
    nodes
      .filter(({ node }) => ts.isRegularExpressionLiteral(node))
      .map(({ path, node }) => [node.getText(), path]),
  ),
].filter(([text]) => !readNoInput.has(text));

const parse = (text: string): RegExp => {
  const end = text.lastIndexOf("/");
  return new RegExp(text.slice(1, end), text.slice(end + 1));
};

test("every regular expression reads a mebibyte of its worst input in less than a second", () => {
  expect(literals.length).toBeGreaterThan(60);
  const slow = literals.flatMap(([text, path]) => {
    const input = slowInput(parse(text));
    return input === undefined ? [] : [`${path}: ${text} on ${input}`];
  });
  expect(slow).toEqual([]);
});

// They are put together when the program starts; tests of what uses them measure them.
test("those that are no literals are known", () => {
  const built = nodes.filter(
    ({ node }) => ts.isNewExpression(node) && node.expression.getText() === "RegExp",
  );
  expect([...new Set(built.map(({ path }) => path))].sort()).toEqual([
    "server/forms/media-type.ts",
    "server/http/routes.ts",
    "server/net/forwarded.ts",
  ]);
});

test.each([
  /\/+$/,
  /(?:a+)+$/,
  /(?:a|a)*$/,
  /(?:sk|ek)[-_](?=[\w-]*\d)[\w*.-]{12,}/g,
  /\beyJ[\w-]+\.[\w-]+/g,
  /\s+x/,
  /(\d+(?:\.\d+)?)(ms|[smhd])/g,
])(
  "%s would be found out",
  (regex) => {
    expect(slowInput(regex)).toBeDefined();
  },
  120_000,
);
