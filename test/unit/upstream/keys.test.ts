// The operator's keys: what is read, what is refused, and what OpenAI is sent with each request.
import { expect, it } from "vitest";
import { Secret } from "../../../server/secret.ts";
import {
  baseUrlSchema,
  keyHeaders,
  keySecretSchema,
  upstreamKeySchema,
} from "../../../server/upstream/keys.ts";

const key = { name: "eu", secret: "sk-1" };

it("a key needs a name and its secret, and is one of OpenAI's unless told otherwise", () => {
  const { secret, ...rest } = upstreamKeySchema.parse(key);
  expect(secret?.reveal()).toBe("sk-1");
  expect(rest).toEqual({ name: "eu", base_url: "https://api.openai.com/v1", priority: 0, weight: 1 });
});

it("a secret is one word of plain characters; white space around it is a slip", () => {
  expect(keySecretSchema.parse(" sk-1\n").reveal()).toBe("sk-1");
  for (const text of ["", "sk 1", "sk-ä", "sk-1\u0000"]) {
    expect(keySecretSchema.safeParse(text).error?.issues[0]?.message).toBe(
      "must be one word of plain characters",
    );
  }
});

it("an address is an http one, and loses the slashes at its end", () => {
  expect(baseUrlSchema.parse("http://host/v1//")).toBe("http://host/v1");
  expect(baseUrlSchema.parse("https://host//v1")).toBe("https://host//v1");
  for (const text of ["ftp://host", "shttp://host", "httpss://host", "host"]) {
    expect(baseUrlSchema.safeParse(text).error?.issues[0]?.message).toBe("must be an http(s) address");
  }
});

it.each<[string, Record<string, unknown>]>([
  ["no organization", { organization: "" }],
  ["no project", { project: "" }],
  ["a priority below 0", { priority: -1 }],
  ["a priority above 1000", { priority: 1001 }],
  ["half a priority", { priority: 0.5 }],
  ["no weight", { weight: 0 }],
  ["a weight above 1000", { weight: 1000.5 }],
  ["no models", { models: [] }],
  ["a model without a name", { models: [""] }],
  ["another field", { region: "eu" }],
])("a key with %s is refused", (_, more) => {
  expect(upstreamKeySchema.safeParse({ ...key, ...more }).success).toBe(false);
});

it.each([
  { priority: 1000, weight: 1000 },
  { priority: 0, weight: 0.5 },
  { organization: "o", project: "p", models: ["m"] },
])("a key with %j is read as it is", (more) => {
  expect(upstreamKeySchema.parse({ ...key, ...more })).toMatchObject(more);
});

const own = ["authorization", "Bearer sk-of-a", "user-agent", "realtime-key-broker"];

it("OpenAI is sent the key, and organization and project where they are configured", () => {
  const of = { name: "a", base_url: "https://host", token: { current: () => new Secret("sk-of-a") } };
  expect(keyHeaders({ ...of, organization: undefined, project: undefined })()).toEqual(own);
  expect(keyHeaders({ ...of, organization: "org-1", project: "proj-1" })()).toEqual([
    ...own,
    ...["openai-organization", "org-1", "openai-project", "proj-1"],
  ]);
});

it("a key that was replaced is shown with the next request", () => {
  let current = new Secret("sk-of-a");
  const fields = keyHeaders({ name: "a", base_url: "https://host", token: { current: () => current } });
  expect(fields()).toEqual(own);
  current = new Secret("sk-of-b");
  expect(fields()[1]).toBe("Bearer sk-of-b");
});
