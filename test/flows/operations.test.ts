// What an operator and an integrator look at: health, metrics, the explanations of refusals, the description.
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { describe, expect, it } from "vitest";
import { failureCodes } from "../../server/failures/failure.ts";
import { createTestBroker } from "../support/broker.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { problemIn } from "../support/problem.ts";

const openai = "http://127.0.0.1:9/v1";
const tokens = { alice: "alice-0123456789abcdef", prometheus: "prometheus-0123456789ab" };
const as = (name: keyof typeof tokens) => ({ headers: { authorization: `Bearer ${tokens[name]}` } });
const yaml = `
callers:
  tokens:
    - { name: alice, token: ${tokens.alice} }
    - { name: prometheus, token: ${tokens.prometheus} }
metrics: { allow: ["token:prometheus"] }
profiles:
  default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [current_time], allow: [members] }
  units: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [convert_units], allow: ["token:alice"] }
`;

it("says that it lives and is ready, to anybody, and lets nobody keep that", async () => {
  await using broker = await createTestBroker({ openai, yaml });
  for (const [path, status] of [
    ["/healthz", "ok"],
    ["/readyz", "ready"],
  ] as const) {
    const answer = await broker.fetch(path);
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(await answer.json()).toEqual({ status });
    expect((await fetch(broker.url + path, { method: "HEAD" })).status).toBe(200);
  }
});

it("is ready without OpenAI: what fails there concerns every instance alike", async () => {
  await using broker = await createTestBroker({ openai });
  expect((await broker.fetch("/ephemeral-key")).status).toBe(502);
  expect((await broker.fetch("/readyz")).status).toBe(200);
});

describe("metrics", () => {
  it("are for nobody unless the configuration says for whom", async () => {
    await using closed = await createTestBroker({ openai });
    const answer = await closed.fetch("/metrics");
    expect([answer.status, (await problemIn(answer)).code]).toEqual([403, "metrics-forbidden"]);
    await using broker = await createTestBroker({ openai, yaml });
    expect((await broker.fetch("/metrics")).status).toBe(401);
    expect((await broker.fetch("/metrics", as("alice"))).status).toBe(403);
    expect((await broker.fetch("/metrics", as("prometheus"))).status).toBe(200);
  });

  it("count requests, keys and tool calls by how they ended", async () => {
    await using emulator = await emulateOpenAi();
    await using broker = await createTestBroker({ openai: emulator.baseUrl, yaml });
    await broker.fetch("/ephemeral-key", as("alice"));
    await broker.fetch("/ephemeral-key?profile=units", as("alice"));
    await emulator.failMint({ status: 500, times: 3 });
    await broker.fetch("/ephemeral-key", as("alice"));
    await broker.fetch("/current_time?time_zone=UTC", as("alice"));
    await broker.fetch("/current_time?time_zone=nowhere", as("alice"));
    await broker.fetch("/no_such_tool", as("alice"));
    await broker.fetch("/no/such/address");
    const text = await (await broker.fetch("/metrics", as("prometheus"))).text();
    const lines = text.split("\n");
    expect(lines).toContain('broker_mints_total{profile="default",outcome="ok"} 1');
    expect(lines).toContain('broker_mints_total{profile="default",outcome="failed"} 1');
    expect(lines).toContain('broker_mints_total{profile="units",outcome="ok"} 1');
    expect(lines).toContain('broker_tool_calls_total{tool="current_time",outcome="ok"} 1');
    expect(lines).toContain('broker_tool_calls_total{tool="current_time",outcome="refused"} 1');
    expect(text).toMatch(
      /^broker_http_request_seconds_count\{method="GET",route="\/:toolName",status="200"\} 1$/m,
    );
    expect(text).toMatch(/^process_cpu_seconds_total /m);
  });

  it("have no label of a caller's choosing", async () => {
    await using broker = await createTestBroker({ openai, yaml });
    for (const path of ["/attack_1", "/attack_2/x", "/problems/attack_3", "/assets/attack_4.js"]) {
      await broker.fetch(path, as("alice"));
    }
    await broker.fetch("/ephemeral-key?profile=attack_5", as("alice"));
    const text = await (await broker.fetch("/metrics", as("prometheus"))).text();
    expect(text).not.toMatch(/attack/i);
  });
});

describe("the explanations of refusals", () => {
  it("have a page for each, and one that lists them, without scripts", async () => {
    await using broker = await createTestBroker({ openai });
    const list = await broker.fetch("/problems");
    const listed = await list.text();
    for (const code of failureCodes) {
      expect(listed).toContain(`href="/problems/${code}"`);
      const page = await broker.fetch(`/problems/${code}`);
      expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=UTF-8"]);
      expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(await page.text()).toContain(`<code>${code}</code>`);
    }
  });

  it("do not repeat a code that a caller made up", async () => {
    await using broker = await createTestBroker({ openai });
    for (const code of ["<script>alert(1)</script>", "constructor", "__proto__", "nope"]) {
      const answer = await broker.fetch(`/problems/${encodeURIComponent(code)}`);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
      expect(await answer.text()).not.toContain("script");
    }
  });

  it("are what the type of a refusal leads to", async () => {
    await using broker = await createTestBroker({ openai, yaml });
    const { type, title } = await problemIn(await broker.fetch("/tools"));
    expect(await (await broker.fetch(type)).text()).toContain(title);
  });
});

describe("the description", () => {
  interface Description {
    paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: object }> } }>>;
  }

  it("has the tools of the caller who asks, and of nobody else", async () => {
    await using broker = await createTestBroker({ openai, yaml });
    const pathsFor = async (name: keyof typeof tokens) => {
      const { paths }: Description = await (await broker.fetch("/openapi.json", as(name))).json();
      return Object.keys(paths);
    };
    expect(await pathsFor("alice")).toEqual(expect.arrayContaining(["/current_time", "/convert_units"]));
    const others = await pathsFor("prometheus");
    expect(others).toContain("/current_time");
    expect(others).not.toContain("/convert_units");
    expect((await broker.fetch("/openapi.json")).status).toBe(401);
  });

  it("describes a tool by the schema that /tools lists", async () => {
    await using broker = await createTestBroker({ openai, yaml });
    const { paths }: Description = await (await broker.fetch("/openapi.json", as("alice"))).json();
    const { tools } = await (await broker.fetch("/tools", as("alice"))).json();
    const schema = paths["/current_time"]?.post?.requestBody?.content["application/json"]?.schema;
    const listed = tools.find(({ name }: { name: string }) => name === "current_time");
    expect(listed).toMatchObject({ profiles: ["default"], parameters: schema });
  });

  it("is an OpenAPI document that the linter finds nothing wrong with", async () => {
    await using broker = await createTestBroker({ openai, yaml });
    const source = await (await broker.fetch("/openapi.json", as("alice"))).text();
    const config = await createConfig({ extends: ["recommended"] });
    const problems = await lintFromString({ source, absoluteRef: "openapi.json", config });
    expect(problems.filter(({ severity }) => severity === "error").map(({ message }) => message)).toEqual([]);
  });
});
