// What users read of a wrong input: our words, whatever is wrong and wherever it stands.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { brokerFileSchema } from "../../../server/config/broker-file.ts";
import { keyRequestBody } from "../../../server/http/middleware/key-request.ts";
import { faultsOf, inputErrorsOf } from "../../../server/json/input-errors.ts";
import { parseInput } from "../../../server/json/parse-input.ts";
import { sessionSchema } from "../../../server/profiles/session.ts";
import convertUnits from "../../../server/tools/catalog/convert_units.ts";
import currentTime from "../../../server/tools/catalog/current_time.ts";
import { problemsIn } from "../../support/configuration.ts";

const detailsOf = (schema: z.ZodType, input: unknown): string[] => {
  const { error } = parseInput(schema, input);
  return faultsOf(error?.issues ?? []).map((fault) => (fault.kind === "wrong" ? fault.detail : "unknown"));
};

const choice = z.union([
  z.enum(["none", "auto"]),
  z.strictObject({ type: z.literal("function"), name: z.string() }),
  z.strictObject({ type: z.literal("mcp"), label: z.string().min(1), mode: z.enum(["a", "b"]) }),
]);

it.each<[z.ZodType, unknown, string]>([
  [z.boolean(), "yes", "must be true or false, not a string"],
  [z.string(), 5, "must be a string, not a number"],
  [z.string(), undefined, "is missing"],
  [z.number(), null, "must be a number, not null"],
  [z.number(), Number.NaN, "must be a number, not NaN"],
  [z.int(), 1.5, "must be a whole number, not 1.5"],
  [z.int().min(10), 5, "must be at least 10"],
  [z.number().gt(0), 0, "must be more than 0"],
  [z.number().lt(1), 1, "must be less than 1"],
  [z.int().max(7200), 9000, "must be at most 7200"],
  [z.number().multipleOf(0.5), 0.3, "must be a multiple of 0.5"],
  [z.string().min(1), "", "must not be empty"],
  [z.string().min(16), "x", "must have at least 16 characters"],
  [z.string().max(64), "x".repeat(65), "must have at most 64 characters"],
  [z.array(z.string()).min(1), [], "must not be empty"],
  [z.array(z.string()).length(1), [], "must have exactly 1 item"],
  [z.array(z.string()), { a: 1 }, "must be a list, not an object"],
  [z.strictObject({}), [], "must be an object, not a list"],
  [z.record(z.string(), z.string()), true, "must be an object, not true"],
  [z.enum(["loopback", "anyone"]), "loopbak", "must be loopback or anyone; did you mean loopback?"],
  [z.enum(["a", "true"]), "x", 'must be a or "true"'],
  [z.literal(24000), 16000, "must be 24000"],
  [z.url(), "nowhere", "must be an address such as https://example.com"],
  [z.string().startsWith("voice_"), "x", "must begin with voice_"],
  [z.string().regex(/^\d+$/), "x", "must match /^\\d+$/"],
  [z.string().refine(() => false), "x", "is not valid"],
  [z.string().refine(() => false, "has words of its own"), "x", "has words of its own"],
  [z.union([z.string(), z.array(z.string())]), 5, "must be a string or a list, not a number"],
  [z.discriminatedUnion("type", [z.object({ type: z.literal("a") })]), {}, "is missing; it must be a"],
  [choice, { type: "function" }, "is missing"],
  [choice, { type: "mcp", label: "", mode: "a" }, "must not be empty"],
  [choice, "atuo", "must be none, auto or an object, not a string"],
  [z.record(z.string().min(2, "is too short a name"), z.int()), { a: 1 }, "is too short a name"],
])("%# says what must be there", (schema, input, detail) => {
  expect(detailsOf(schema, input)).toEqual([detail]);
});

const zods =
  /[Ii]nvalid|Too (?:small|big)|[Ee]xpected|received|[Uu]nrecognized|discriminator|\bNaN\b.*input|undefined|\[object/;

const wrong = [
  ...[null, true, 0, -1, 1.5, 1e300, Number.NaN, "", "x", "a b\n", "x".repeat(5000), [], [null], [[]]],
  ...[{}, { x: 1 }, { type: "x" }, { "": null }, [{}]],
];

/** The document with every node of that depth replaced, but in a tool's JSON Schema, which is judged by its own reader. */
const replacedAt = (depth: number, node: unknown, value: unknown): unknown => {
  if (depth === 0) return value;
  if (Array.isArray(node)) return node.map((part) => replacedAt(depth - 1, part, value));
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([name, part]) => [
      name,
      name === "parameters" ? part : replacedAt(depth - 1, part, value),
    ]),
  );
};

const depths = [0, 1, 2, 3, 4, 5, 6, 7];

const details = (schema: z.ZodType, input: unknown): string[] => {
  const { error } = parseInput(schema, input);
  const said = faultsOf(error?.issues ?? []).flatMap((fault) =>
    fault.kind === "wrong" ? [fault.detail] : [],
  );
  const answered = error ? inputErrorsOf(error, { unknownName: "is not known" }) : [];
  return [...said, ...answered.map(({ detail }) => detail)];
};

const example = parse(readFileSync("broker.example.yaml", "utf8"));
const mcp = {
  type: "mcp",
  server_label: "m",
  server_url: "https://m.example",
  require_approval: { always: {} },
};
const session = {
  ...{
    type: "realtime",
    model: "m",
    output_modalities: ["audio"],
    tool_choice: { type: "function", name: "x" },
  },
  ...{ tools: [mcp, { type: "function", name: "x", parameters: {} }], max_output_tokens: 5, tracing: "auto" },
  audio: {
    input: { format: { type: "audio/pcm" }, turn_detection: { type: "server_vad" } },
    output: { voice: "marin" },
  },
  truncation: { type: "retention_ratio", retention_ratio: 0.5 },
};

it.each<[string, z.ZodType, unknown]>([
  ["broker.yaml", brokerFileSchema, example],
  ["a session", sessionSchema, session],
  ["a key request", keyRequestBody, { profile: "x", session }],
])("no word of the schema library's gets out of %s, whatever stands wherever", (_, schema, valid) => {
  const told = depths.flatMap((depth) =>
    [...wrong, undefined].flatMap((value) => details(schema, replacedAt(depth, valid, value))),
  );
  expect(new Set(told).size).toBeGreaterThan(10);
  expect([...new Set(told)].filter((detail) => zods.test(detail) || detail === "")).toEqual([]);
});

it("nor of a tool's arguments", () => {
  for (const tool of [currentTime, convertUnits]) {
    const names = [...Object.keys(tool.parameters.properties ?? {}), "other"];
    const told = names.flatMap((name) =>
      [...wrong, undefined].flatMap((value) => {
        const acceptance = tool.accept({ [name]: value });
        return acceptance.accepted ? [] : acceptance.errors.map(({ detail }) => detail);
      }),
    );
    expect(told.filter((detail) => zods.test(detail))).toEqual([]);
  }
});

it("nor of a setting", () => {
  for (const value of ["{}", "[]", "true", "-1", "1.5", "x", '""', "[[]]", "99999999999999999999"]) {
    for (const name of [
      "port",
      "page",
      "host",
      "log_level",
      "redis_url",
      "trusted_proxies",
      "openai_base_url",
    ]) {
      expect(problemsIn(`settings: { ${name}: ${value} }`).join()).not.toMatch(zods);
    }
  }
});

it("a part of the input never stands in what is said of it", () => {
  const secret = "hunter2-0123456789";
  const told = depths.flatMap((depth) => details(brokerFileSchema, replacedAt(depth, example, secret)));
  expect(told.length).toBeGreaterThan(50);
  expect(told.filter((detail) => detail.includes("hunter2"))).toEqual([]);
});
