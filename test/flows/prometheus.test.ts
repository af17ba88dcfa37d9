// What operators get for Prometheus and Grafana, with a real Prometheus that reads a running service.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { dashboard, metricsIn, queries } from "../support/dashboard.ts";
import { chatAnswer, type FakeOpenAi, fakeOpenAi } from "../support/fake-openai.ts";
import { type Prometheus, promtool, startPrometheus } from "../support/prometheus.ts";
import { ALICE, relayYaml } from "../support/relay-client.ts";
import { readSource } from "../support/source.ts";
import { minted, statusOf } from "../support/upstream.ts";
import { until } from "../support/wait.ts";

const rules = readSource("deploy/prometheus/rules.yml");
const alerts = (parse(rules) as { groups: { rules: { alert: string }[] }[] }).groups.flatMap(
  (group) => group.rules,
);

describe("promtool", () => {
  it("finds nothing wrong with the configuration and the alerts", async () => {
    expect(await promtool("check", "config", "prometheus.yml")).toContain("SUCCESS");
    expect(await promtool("check", "rules", "--lint-fatal", "rules.yml")).toContain(
      `${alerts.length} rules found`,
    );
  });

  it("sees the alerts fire when they should, and not before", async () => {
    expect(await promtool("test", "rules", "rules.test.yml")).toContain("SUCCESS");
  });
});

describe("a Prometheus that reads a running service", () => {
  let openai: FakeOpenAi;
  let broker: TestBroker;
  let prometheus: Prometheus;
  let metrics: string;

  beforeAll(async () => {
    openai = await fakeOpenAi((answer, asked, request) =>
      asked.url.endsWith("client_secrets") ? minted(answer) : chatAnswer(answer, asked, request),
    );
    const yaml = relayYaml(
      "{ all: { allow: [everyone], cache_seconds: 60 } }",
      `
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1 }, tools: [current_time] } }
budgets: [{ name: all, requests: 1000000, per: month }]`,
    );
    broker = await createTestBroker({ openai: openai.baseUrl, yaml, env: { METRICS_PORT: "0" } });
    const url = String(broker.logs.find(({ msg }) => msg === "metrics-listening")?.url);
    await work();
    prometheus = await startPrometheus(url);
    await until("it has read the metrics", async () => (await valuesOf("up == 1")).length === 1);
    for (let count = 0; count < 4; count += 1) {
      await work();
      const before = await scrapes();
      await until("it has read them again", async () => (await scrapes()) > before);
    }
    metrics = await (await fetch(url)).text();
  });

  afterAll(async () => {
    await prometheus?.[Symbol.asyncDispose]();
    await broker?.stop();
    await openai?.[Symbol.asyncDispose]();
  });

  const work = async () => {
    const headers = { authorization: `Bearer ${ALICE}`, "content-type": "application/json" };
    const content = String(Math.random());
    const body = JSON.stringify({
      model: "gpt-5-mini",
      temperature: 0,
      messages: [{ role: "user", content }],
    });
    await statusOf(broker.fetch("/v1/chat/completions", { method: "POST", headers, body }));
    for (const path of [
      "/ephemeral-key",
      "/current_time?time_zone=UTC",
      "/current_time?time_zone=x",
      "/nowhere",
    ])
      await statusOf(broker.fetch(path, { headers }));
    await statusOf(broker.fetch("/tools", { headers: { authorization: "Bearer nobodys-0123456789" } }));
  };
  const valuesOf = async (query: string): Promise<{ value: [number, string] }[]> =>
    (await prometheus.ask<{ result: [] }>(`query?${new URLSearchParams({ query })}`)).result;
  const scrapes = async () => Number((await valuesOf("count_over_time(up[1h])"))[0]?.value[1] ?? 0);

  it("takes every alert, and none of them fires for a service that is well", async () => {
    interface Rule {
      name: string;
      health: string;
      alerts: { labels: object }[];
    }
    await until("all rules were evaluated", async () =>
      (await prometheus.ask<{ groups: { rules: Rule[] }[] }>("rules")).groups.every((group) =>
        group.rules.every(({ health }) => health !== "unknown"),
      ),
    );
    const { groups } = await prometheus.ask<{ groups: { rules: Rule[] }[] }>("rules");
    const found = groups.flatMap((group) => group.rules);
    expect(found.map(({ name }) => name)).toEqual(alerts.map(({ alert }) => alert));
    expect(found.filter(({ health }) => health !== "ok")).toEqual([]);
    // A test's machine may stand still.
    const quiet = found.filter(({ name }) => !["BrokerStandsStill", "BrokerBusy"].includes(name));
    expect(quiet.flatMap((rule) => rule.alerts)).toEqual([]);
  });

  it("has every metric that the dashboard and the alerts name", () => {
    const known = [...metrics.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
    const named = metricsIn(rules + readSource("deploy/grafana/dashboard.json"));
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  it("answers every query of the dashboard, and has nothing for those alone of which nothing happened", async () => {
    const empty: string[] = [];
    for (const { title, expr } of queries()) if ((await valuesOf(expr)).length === 0) empty.push(title);
    expect([...new Set(empty)].toSorted()).toEqual([
      "Answers without a price",
      "Budgets' alerts",
      "Limits that were reached",
      "Lost or failing",
      "Traces",
      "Who counts limits",
    ]);
  });

  it("shows figures that agree with what was done", async () => {
    const [mints] = await valuesOf('sum(broker_mints_total{outcome="ok"})');
    const [chats] = await valuesOf('sum(broker_relay_seconds_count{endpoint="chat/completions"})');
    const asked = (end: string) => openai.asked.filter(({ url }) => url.endsWith(end)).length;
    expect([mints?.value[1], chats?.value[1]]).toEqual([
      String(asked("client_secrets")),
      String(asked("chat/completions")),
    ]);
  });
});

it("the dashboard's panels have names of their own, and none lies over another", () => {
  const { panels } = dashboard();
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
});
