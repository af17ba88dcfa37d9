// broker.schema.json and the reference pages of the documentation say what the schemas say.
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { referencePages } from "../../scripts/reference/pages.ts";
import { brokerFileJsonSchema } from "../../server/config/json-schema.ts";
import { problemsIn } from "../support/configuration.ts";
import { readSource, root } from "../support/source.ts";

const schema = brokerFileJsonSchema();

test("broker.schema.json is what the schemas say today", async () => {
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(`${root}broker.schema.json`);
});

test.each(Object.entries(referencePages))(
  "docs/reference/%s is what the source says today",
  async (name, make) => {
    await expect(await make()).toMatchFileSnapshot(`${root}docs/reference/${name}`);
  },
);

type Node = { description?: string } & Record<string, unknown>;

const undescribed = (node: Node, path: string): string[] => {
  const { properties = {}, additionalProperties, items, anyOf = [] } = node as Record<string, never>;
  const below = Object.entries<Node>(properties).flatMap(([name, part]) => {
    // OpenAI's own object, which its documentation describes.
    if (name === "session") return [];
    return [...(part.description ? [] : [`${path}.${name}`]), ...undescribed(part, `${path}.${name}`)];
  });
  const parts: Node[] = [...(anyOf as Node[]), ...[additionalProperties, items].filter(Boolean)] as Node[];
  return [...below, ...parts.flatMap((part) => undescribed(part, `${path}.*`))];
};

test("every field of broker.yaml is described", () => {
  expect(undescribed(schema as Node, "")).toEqual([]);
});

describe("an editor with broker.schema.json", () => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const validate: ValidateFunction = ajv.compile(schema);
  const faultsIn = (yaml: string): string[] => {
    validate(parse(yaml));
    return [...new Set((validate.errors ?? []).map(({ instancePath }) => instancePath))];
  };

  it("finds nothing in broker.example.yaml, also with every setting in it", () => {
    const example = readSource("broker.example.yaml");
    expect(faultsIn(example)).toEqual([]);
    expect(faultsIn(example.replaceAll(/^ {2}# (\w+: )/gm, "  $1"))).toEqual([]);
  });

  it.each([
    ["a misspelt heading", "profile: {}", ""],
    ["a misspelt setting", "settings: { prot: 8787 }", "/settings"],
    ["a port out of range", "settings: { port: 70000 }", "/settings/port"],
    ["a rate in other words", "limits: { address: 5 a minute }", "/limits/address"],
    ["guests of no kind", "callers: { guests: all }", "/callers/guests"],
    [
      "a token that is too short",
      "callers: { tokens: [{ name: a, token: short }] }",
      "/callers/tokens/0/token",
    ],
    ["a field that OpenAI has removed", session("temperature: 1"), "/profiles/default/session"],
    ["a tool without a request", "tools: { weather: { description: Tells it. } }", "/tools/weather"],
    [
      "a time as a word",
      "openapi: [{ document: a, operations: [b], timeout_ms: soon }]",
      "/openapi/0/timeout_ms",
    ],
  ])("finds %s, as the start does", (_, yaml, at) => {
    expect(faultsIn(yaml)).toContain(at);
    expect(problemsIn(yaml)).not.toEqual([]);
  });

  it.each([
    ["a variable for a number", session("", `ttl_seconds: "\${TTL}"`)],
    ["a variable for a flag", `relay: { all: { allow: [members], include_usage: "\${FLAG}" } }`],
    ["a variable for a choice", `callers: { guests: "\${GUESTS}" }`],
    ["a variable for a setting", `settings: { port: "\${TTL}", page: "\${FLAG}" }`],
    ["a heading without entries", "settings:\ncallers:\n  tokens:\nprofiles:\n"],
  ])("takes %s, as the start does", (_, yaml) => {
    expect(faultsIn(yaml)).toEqual([]);
    expect(problemsIn(yaml, { TTL: "60", FLAG: "true", GUESTS: "loopback" })).toEqual([]);
  });
});

function session(field: string, more = ""): string {
  const fields = ["type: realtime", "model: gpt-realtime-2.1", ...(field ? [field] : [])].join(", ");
  return `profiles: { default: { session: { ${fields} }${more ? `, ${more}` : ""} } }`;
}
