// Budgets in US dollars: what an answer costs stops the next request, and no price is no free pass.
import { describe, expect, it } from "vitest";
import { answerWith, budgetBroker, COST } from "../support/budget-broker.ts";
import { ALICE } from "../support/relay-client.ts";
import { createTestTime } from "../support/time.ts";
import { until } from "../support/wait.ts";

const dollars = (amount: number, more = "each: caller, per: day") =>
  `{ name: spend, cost_usd: ${amount}, ${more} }`;

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

  it("pays for what OpenAI may be at work on, also where it gives OpenAI too little time for an answer", async () => {
    await using at = await budgetBroker(dollars(0.001), { behave: () => {} });
    const impatient = {
      headers: {
        ...{ authorization: `Bearer ${ALICE}`, "content-type": "application/json" },
        "x-stainless-timeout": "0.1",
      },
    };
    const ask = async () => (await at.chat({ max_completion_tokens: 400 }, ALICE, impatient)).status;
    expect([await ask(), await ask()]).toEqual([504, 429]);
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
