// Where a schema has secrets.
import { expect, it } from "vitest";
import { z } from "zod";
import { brokerFileSchema } from "../../../server/config/broker-file.ts";
import { dotted } from "../../../server/config/problems.ts";
import { settings } from "../../../server/config/settings.ts";
import { parseInput } from "../../../server/json/parse-input.ts";
import { secretText, secretTraits } from "../../../server/secret-schema.ts";
import { changeSecrets, type SecretPlaces, secretPlacesIn } from "../../../server/secrets/places.ts";

const secret = secretText(z.string().min(3));

/** The paths of the texts at secrets' places. */
const found = (schema: z.ZodType, document: unknown): string[] => {
  const paths: string[] = [];
  changeSecrets(document, secretPlacesIn(schema), (text, path) => {
    paths.push(dotted(path));
    return text;
  });
  return paths;
};

it("secrets are found in objects, lists, records, unions, pipes, and behind defaults", () => {
  const schema = z.object({
    plain: z.string(),
    one: secret.optional(),
    list: z.array(z.object({ token: secret })).default([]),
    byName: z.record(z.string(), secret.nullable()),
    either: z.union([z.object({ a: secret }), z.object({ b: secret.describe("B") })]),
    piped: z.object({ c: secret }).transform((value) => value),
    lazy: z.lazy(() => z.object({ d: secret })).readonly(),
    any: z.json(),
  });
  const document = {
    plain: "x",
    one: "x",
    list: [{ token: "x" }, { token: 1 }],
    byName: { n: "x" },
    either: { b: "x" },
    piped: { c: "x" },
    lazy: { d: "x" },
    any: { one: "x" },
    unknown: { one: "x" },
  };
  const expected = ["one", "list[0].token", "byName.n", "either.b", "piped.c", "lazy.d"];
  expect(found(schema, document)).toEqual(expected);
});

it("a schema without secrets has no places, and its documents stay as they are", () => {
  expect(secretPlacesIn(z.object({ a: z.string(), b: z.json() }))).toBeUndefined();
  const document = { a: "env:X" };
  expect(changeSecrets(document, undefined, () => expect.fail())).toBe(document);
});

it("all places of secrets in broker.yaml are known", () => {
  expect(pathsOf(secretPlacesIn(brokerFileSchema))).toEqual([
    "alerts.webhook.secret",
    "callers.issuers.*.shared_secret",
    "callers.signers.*.secret",
    "callers.tokens.*.token",
    "mcp_servers.*.env.*",
    "mcp_servers.*.headers.*",
    "openapi.*.headers.*",
    "tools.*.request.headers.*",
    "upstream_keys.*.secret",
    "users.*.token",
  ]);
});

const pathsOf = (places: SecretPlaces | undefined, path = ""): string[] => {
  if (!places) return [];
  const at = (name: string) => (path === "" ? name : `${path}.${name}`);
  return [
    ...(places.traits ? [path] : []),
    ...[...places.fields].flatMap(([name, below]) => pathsOf(below, at(name))),
    ...pathsOf(places.each, at("*")),
  ].sort();
};

// `broker check` reads no secret, and has these samples in their place.
it("each secret's sample is one that its schema takes", () => {
  const schemas = Object.values(settings).map(({ schema }) => schema as z.ZodType);
  const own = schemas.filter((schema) => secretTraits(schema));
  expect(own.length).toBeGreaterThan(4);
  for (const schema of own) {
    expect(parseInput(schema, secretTraits(schema)?.sample).success).toBe(true);
  }
  const sampled = changeSecrets(everySecret, secretPlacesIn(brokerFileSchema), (_, __, { sample }) => sample);
  expect(parseInput(brokerFileSchema, sampled).error?.issues ?? []).toEqual([]);
});

const everySecret = {
  alerts: { webhook: { url: "https://example.com", secret: "x" } },
  callers: {
    issuers: [{ issuer: "i", audience: "a", algorithms: ["HS256"], shared_secret: "x" }],
    signers: [{ name: "s", secret: "x" }],
    tokens: [{ name: "t", token: "x" }],
  },
  mcp_servers: {
    a: { command: "x", env: { X: "x" } },
    b: { url: "https://example.com", headers: { x: "x" } },
  },
  openapi: [{ document: "x.json", operations: ["x"], headers: { x: "x" } }],
  tools: { t: { description: "x", request: { url: "https://example.com", headers: { x: "x" } } } },
  upstream_keys: [{ name: "k", secret: "x" }],
  users: [{ name: "u", token: "x" }],
};
