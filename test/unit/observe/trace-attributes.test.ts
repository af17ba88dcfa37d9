// What spans say, and what they leave out.
import { expect, it } from "vitest";
import type { JobDone, RequestEnded, Subject } from "../../../server/observe/event.ts";
import { describeJob, methodName, requestAttributes } from "../../../server/observe/trace-attributes.ts";
import { noQuantities } from "../../../server/usage/quantities.ts";

const ofRequest = { requestId: "request-1", caller: { kind: "user", id: "user:bob" } as const };
const ended = (more: Partial<RequestEnded>): RequestEnded => ({
  ...{ kind: "request-ended", ...ofRequest, at: 0, method: "POST", route: "/v1/*", status: 200, ms: 20 },
  ...{ path: "/v1/responses", client: "a1b2", subject: relay, done: undefined, refusal: undefined },
  ...{ isAborted: false, cutOff: undefined, isQuiet: false, tags: ["a-tag"], ...more },
});
const relay: Subject = { kind: "relay", rule: "all" };
const relayed: JobDone = {
  ...{ kind: "relayed", ...ofRequest, seconds: 1, rule: "all", status: 200, model: "gpt", upstreamKey: "eu" },
  ...{ openAiRequestId: undefined, cache: "miss", countsUsage: true, broken: undefined, serviceTier: "flex" },
  ...{ answeredModel: "gpt-2025", usage: { input_tokens: 9, output_tokens: 4 } },
  spent: { quantities: noQuantities, costNanoUsd: 2_000_000 },
};

it("a relayed answer is a chat of the model that answered, with its tokens and cost", () => {
  expect(describeJob(ended({ done: relayed }))).toEqual({
    name: "chat gpt-2025",
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "gpt",
      "gen_ai.response.model": "gpt-2025",
      "gen_ai.usage.input_tokens": 9,
      "gen_ai.usage.output_tokens": 4,
      "gen_ai.usage.cache_read.input_tokens": 0,
      "openai.response.service_tier": "flex",
      "broker.endpoint": "responses",
      "broker.upstream_key": "eu",
      "broker.cache": "miss",
      "broker.cost_usd": 0.002,
    },
  });
});

it("a model that a caller invents is in no name, and a key in its place is nowhere", () => {
  const model = "sk-proj-0123456789abcdef0123";
  const { name, attributes } = describeJob(ended({ model }));
  expect([name, attributes["gen_ai.request.model"]]).toEqual(["chat", "[redacted]"]);
  expect(describeJob(ended({ model: "m".repeat(5000) })).attributes["gen_ai.request.model"]).toBe(
    "m".repeat(100),
  );
});

it.each<[string, Partial<RequestEnded>, string]>([
  ["/v1/embeddings", {}, "embeddings"],
  ["/v1/files/file_1", {}, "relay files"],
  ["/v1/invented/path", {}, "relay other"],
  ["/weather", { subject: { kind: "tool-call", tool: "weather" } }, "execute_tool weather"],
  ["/ephemeral-key", { subject: { kind: "mint", profile: "default" } }, "mint default"],
])("the job of %s has a name of few", (path, more, name) => {
  expect(describeJob(ended({ path, ...more })).name).toBe(name);
});

it("an answer that broke off, and a refusal, are errors by their names", () => {
  const broken = { ...relayed, broken: new Error("closed") } as JobDone;
  expect(describeJob(ended({ done: broken })).attributes["error.type"]).toBe("broken");
  expect(requestAttributes(ended({ status: 502 }))["error.type"]).toBe("502");
  expect(requestAttributes(ended({ status: 404 }))["error.type"]).toBeUndefined();
});

it("tells no caller, address, tag or token in a path", () => {
  const path = "/problems/alice-0123456789abcdef";
  const told = JSON.stringify([
    requestAttributes(ended({ path })),
    describeJob(ended({ path, done: relayed })),
  ]);
  for (const secret of ["bob", "a1b2", "a-tag", "0123456789"]) expect(told).not.toContain(secret);
});

it.each([
  ["GET", "GET"],
  ["M-SEARCH", "HTTP"],
  ["X".repeat(40), "HTTP"],
])("a span's name has the method %s as %s", (method, name) => {
  expect(methodName(method)).toBe(name);
});
