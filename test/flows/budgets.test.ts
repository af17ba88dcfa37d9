// Budgets: what is used up is refused, for as long as it is, and in words that say what to do.
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { answerWith, budgetBroker } from "../support/budget-broker.ts";
import { ALICE, BOB, clientOf } from "../support/relay-client.ts";
import { createTestTime } from "../support/time.ts";
import { until } from "../support/wait.ts";

const requests = (count: number, more = "each: caller, per: day") =>
  `{ name: daily, requests: ${count}, ${more} }`;

describe("a caller with a budget of requests", () => {
  it("has so many, and no more", async () => {
    await using at = await budgetBroker(requests(2));
    const answers = [await at.chat(), await at.chat(), await at.chat()];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[0]?.headers.get("ratelimit")).toContain('"budget-daily-requests";r=1;');
    expect(at.openai.asked.length).toBe(2);
  });

  it("leaves the others theirs", async () => {
    await using at = await budgetBroker(requests(1));
    await at.chat();
    expect((await at.chat({}, BOB)).status).toBe(200);
  });

  it("has new ones when the day has ended, at midnight and not before", async () => {
    const { clock, pass } = createTestTime(Date.UTC(2026, 0, 1, 23, 59, 0));
    await using at = await budgetBroker(requests(1), { clock });
    await at.chat();
    await pass(59_000);
    const refused = await at.chat();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    await pass(1000);
    expect((await at.chat()).status).toBe(200);
  });

  it("never has more in a day, however long it waits in between: it does not refill like a rate", async () => {
    const { clock, pass } = createTestTime(Date.UTC(2026, 0, 1, 0, 0, 0));
    await using at = await budgetBroker(requests(4), { clock });
    const statuses: number[] = [];
    for (let hour = 0; hour < 23; hour += 1) {
      statuses.push((await at.chat()).status);
      await pass(3_600_000);
    }
    expect(statuses.filter((status) => status === 200).length).toBe(4);
  });

  it("is charged on the day on which a request began, also where its answer ends on the next", async () => {
    const { clock, pass } = createTestTime(Date.UTC(2026, 0, 1, 23, 59, 59));
    const end = Promise.withResolvers<void>();
    await using at = await budgetBroker(requests(1), {
      clock,
      behave: async (answer, ...more) => {
        await end.promise;
        await answerWith()(answer, ...more);
      },
    });
    const late = at.chat();
    await until("it is under way", () => at.openai.asked.length === 1);
    await pass(2000);
    end.resolve();
    expect([(await late).status, (await at.chat()).status, (await at.chat()).status]).toEqual([
      200, 200, 429,
    ]);
  });

  it("spends it on keys and tools too", async () => {
    await using at = await budgetBroker(requests(1));
    const headers = { authorization: `Bearer ${ALICE}` };
    expect((await at.broker.fetch("/current_time?time_zone=UTC", { headers })).status).toBe(200);
    expect((await at.broker.fetch("/current_time?time_zone=UTC", { headers })).status).toBe(429);
    const minted = await at.broker.fetch("/ephemeral-key", { headers });
    expect([minted.status, ((await minted.json()) as { type: string }).type]).toEqual([
      429,
      "/problems/budget-exceeded",
    ]);
  });
});

it("OpenAI's own package does not try again when a budget is used up", async () => {
  await using at = await budgetBroker(requests(1));
  const client = clientOf(at.broker, { maxRetries: 3 });
  const ask = () =>
    client.chat.completions.create({
      model: "gpt-5-mini",
      max_completion_tokens: 10,
      messages: [{ role: "user", content: "?" }],
    });
  await ask();
  const error = await ask().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OpenAI.RateLimitError);
  expect(error).toMatchObject({ code: "insufficient_quota", type: "insufficient_quota" });
  expect(at.broker.logs.filter(({ problem }) => problem === "budget-exceeded").length).toBe(1);
});

it("all whom a budget is for share it, and no one else: a team, a role, everyone", async () => {
  const more = "metrics: { allow: [members] }";
  await using at = await budgetBroker("{ name: support, for: 'role:support', requests: 1, per: month }", {
    more,
  });
  expect((await at.chat()).status).toBe(200);
  expect((await at.chat()).status).toBe(429);
  expect((await at.chat({}, BOB)).status).toBe(200);
  const metrics = await fetch(`${at.broker.url}/metrics`, { headers: { authorization: `Bearer ${ALICE}` } });
  expect(await metrics.text()).toContain('broker_budget_used_ratio{budget="support",unit="requests"} 1');
});

it("what was spent before broker.yaml was changed counts afterwards, and a new limit holds at once", async () => {
  await using at = await budgetBroker(requests(2));
  await at.chat();
  const yaml = (count: number) => `
callers: { tokens: [{ name: alice, token: ${ALICE} }] }
relay: { all: { allow: [everyone] } }
budgets: [${requests(count)}]`;
  await at.broker.useConfig(yaml(1));
  expect((await at.chat()).status).toBe(429);
  await at.broker.useConfig(yaml(2));
  expect((await at.chat()).status).toBe(200);
});

it("operators see how far each budget is used, and where it is going", async () => {
  const { clock, pass } = createTestTime(Date.UTC(2026, 0, 1, 11));
  await using at = await budgetBroker(requests(10), { clock, more: "operators: { allow: ['token:alice'] }" });
  await at.chat();
  await at.chat({}, BOB);
  await at.chat({}, BOB);
  await pass(3_600_000);
  const headers = { authorization: `Bearer ${ALICE}` };
  const answer = await fetch(`${at.broker.url}/admin/api/overview?since=2026-01-01`, { headers });
  const { budgets } = (await answer.json()) as { budgets: object[] };
  expect(budgets).toMatchObject([
    { name: "daily", scope: "caller", key: "token:bob", unit: "requests", used: 2, limit: 10, forecast: 4 },
    { name: "daily", scope: "caller", key: "token:alice", used: 1, forecast: 2 },
  ]);
});
