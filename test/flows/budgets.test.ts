// Budgets: what is used up is refused, for as long as it is, and in words that say what to do.
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { answerWith, budgetBroker, COST } from "../support/budget-broker.ts";
import { ALICE, BOB, clientOf } from "../support/relay-client.ts";
import { createTestTime } from "../support/time.ts";
import { until } from "../support/wait.ts";

const requests = (count: number, more = "each: caller, per: day") =>
  `{ name: daily, requests: ${count}, ${more} }`;
const dollars = (amount: number, more = "each: caller, per: day") =>
  `{ name: spend, cost_usd: ${amount}, ${more} }`;

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

describe("a caller with a budget in dollars", () => {
  it("is stopped by the first request after it is used up, not by a report that comes later", async () => {
    await using at = await budgetBroker(dollars(COST * 1.5));
    expect((await at.chat()).status).toBe(200);
    expect((await at.chat()).status).toBe(429);
  });

  it("gets no key any more, and keeps the tools of a conversation under way", async () => {
    await using at = await budgetBroker(dollars(COST));
    const headers = { authorization: `Bearer ${ALICE}` };
    expect((await at.chat({ max_completion_tokens: 10 })).status).toBe(200);
    expect((await at.broker.fetch("/ephemeral-key", { headers })).status).toBe(429);
    expect(
      (
        await at.broker.fetch("/v1/realtime/client_secrets", {
          headers: { ...headers, "content-type": "application/json" },
          method: "POST",
          body: "{}",
        })
      ).status,
    ).toBe(429);
    expect((await at.broker.fetch("/current_time?time_zone=UTC", { headers })).status).toBe(200);
  });

  it("is told which budget, how far over, and when it renews", async () => {
    const { clock } = createTestTime(Date.UTC(2026, 0, 1, 12));
    await using at = await budgetBroker(dollars(0.0002), { clock });
    await at.chat({ max_completion_tokens: 10 });
    const refused = await at.chat({ max_completion_tokens: 10 });
    expect(refused.headers.get("retry-after")).toBe("43200");
    expect(refused.headers.get("ratelimit")).toContain('"budget-spend-cost_usd";r=0;t=43200');
    expect(refused.headers.get("ratelimit-policy")).toContain(
      '"budget-spend-cost_usd";q=200;w=86400;qu="micro-usd"',
    );
    const { error } = (await refused.json()) as { error: { message: string; type: string; code: string } };
    expect(error).toMatchObject({ type: "insufficient_quota", code: "insufficient_quota" });
    expect(error.message).toContain(
      "The budget spend of 0.0002 USD per day is used up: 0.000205 USD are used, 0.000005 USD over. It renews at 2026-01-02T00:00:00.000Z.",
    );
  });

  it("learns that a shorter answer would fit", async () => {
    await using at = await budgetBroker(dollars(0.01));
    const refused = await at.chat({ max_completion_tokens: 10_000 });
    expect(refused.status).toBe(429);
    expect(await refused.text()).toContain("0.01 USD are left of the budget spend");
    expect((await at.chat({ max_completion_tokens: 1000 })).status).toBe(200);
  });

  it("cannot spend on a model whose price is not known, unless the operator lets it pass", async () => {
    await using at = await budgetBroker(dollars(5));
    const refused = await at.chat({ model: "gpt-99-secret" });
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain(
      "No price is known for gpt-99-secret, and your budget spend is in US dollars.",
    );
    await using open = await budgetBroker(dollars(5, "each: caller, per: day, unpriced: pass"));
    expect((await open.chat({ model: "gpt-99-secret" })).status).toBe(200);
  });

  it("pays by estimate for an answer that it leaves, or that tells no usage", async () => {
    await using silent = await budgetBroker(dollars(0.00025), { behave: answerWith(undefined) });
    expect((await silent.chat()).status).toBe(200);
    expect((await silent.chat()).status).toBe(429);
  });

  it("pays by estimate for an answer that it leaves, which holds nothing any more", async () => {
    const begun = Promise.withResolvers<void>();
    await using at = await budgetBroker(dollars(0.0005), {
      more: "metrics: { allow: [members] }",
      behave: (answer) => {
        answer.writeHead(200, { "content-type": "text/event-stream" }).write("data: {}\n\n");
        begun.resolve();
      },
    });
    const leaving = new AbortController();
    const answer = await at.chat({ stream: true }, ALICE, { signal: leaving.signal });
    await begun.promise;
    leaving.abort();
    await answer.text().catch(() => {});
    const headers = { authorization: `Bearer ${ALICE}` };
    const used = async () => {
      const metrics = await (await fetch(`${at.broker.url}/metrics`, { headers })).text();
      return Number(
        /^broker_budget_used_ratio\{budget="spend",unit="cost_usd"\} (\S+)$/m.exec(metrics)?.[1] ?? 0,
      );
    };
    await until("it is settled", async () => (await used()) > 0);
    expect(await used()).toBeCloseTo(0.42, 1);
    // One more fits beside it.
    expect((await at.chat({ stream: true }, ALICE, { signal: AbortSignal.timeout(500) })).status).toBe(200);
  });

  it("pays nothing for what OpenAI refuses", async () => {
    await using at = await budgetBroker(dollars(0.00025), {
      behave: (answer) =>
        void answer.writeHead(400, { "content-type": "application/json" }).end('{"error":{}}'),
    });
    for (let turn = 0; turn < 5; turn += 1) expect((await at.chat()).status).toBe(400);
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
  const begin = performance.now();
  const error = await ask().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OpenAI.RateLimitError);
  expect(error).toMatchObject({ code: "insufficient_quota", type: "insufficient_quota" });
  expect(performance.now() - begin).toBeLessThan(400);
  expect(at.broker.logs.filter(({ problem }) => problem === "budget-exceeded").length).toBe(1);
});

it("500 requests at once spend a budget of 50 requests to the last, and none more", async () => {
  await using at = await budgetBroker(requests(50));
  const answers = await Promise.all(Array.from({ length: 500 }, () => at.chat()));
  expect(answers.filter(({ status }) => status === 200).length).toBe(50);
  expect(at.openai.asked.length).toBe(50);
});

it("500 requests at once do not overshoot a budget in dollars that has room for 50", async () => {
  await using at = await budgetBroker(dollars(COST * 50));
  const answers = await Promise.all(Array.from({ length: 500 }, () => at.chat()));
  const passed = answers.filter(({ status }) => status === 200).length;
  expect(passed * COST).toBeLessThanOrEqual(COST * 50);
  expect(passed).toBeGreaterThan(25);
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
  await at.broker.usePolicy(yaml(1));
  expect((await at.chat()).status).toBe(429);
  await at.broker.usePolicy(yaml(2));
  expect((await at.chat()).status).toBe(200);
});
