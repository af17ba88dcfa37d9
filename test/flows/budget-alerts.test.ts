// Alerts: a budget that is nearly used up is told in the log, in a metric and to a webhook, once.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type BudgetBroker, budgetBroker } from "../support/budget-broker.ts";
import { ALICE } from "../support/relay-client.ts";
import { until } from "../support/wait.ts";
import { receiveWebhooks, WEBHOOK_SECRET } from "../support/webhook-receiver.ts";

const ten = "{ name: daily, requests: 10, each: caller, per: day }";
const webhook = (url: string) =>
  `alerts: { webhook: { url: '${url}', secret: ${WEBHOOK_SECRET} } }\nmetrics: { allow: [members] }`;
const reachedIn = ({ broker }: BudgetBroker) =>
  broker.logs.filter(({ msg }) => msg === "budget-reached").map(({ threshold }) => threshold);

const spend = async (at: BudgetBroker, count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await (await at.chat()).text();
};

it("80, 90 and 100 percent are told, each once, to all who are to hear", async () => {
  await using receiver = await receiveWebhooks();
  await using at = await budgetBroker(ten, { more: webhook(receiver.url) });
  await spend(at, 7);
  expect(reachedIn(at)).toEqual([]);
  await spend(at, 5);
  await until("all are delivered", () => receiver.received.length === 3);
  expect(reachedIn(at)).toEqual([80, 90, 100]);
  expect(receiver.received.map(({ body }) => body.data.threshold)).toEqual([80, 90, 100]);
  expect(receiver.received[0]?.body).toMatchObject({
    type: "budget.reached",
    data: { budget: "daily", subject: "token:alice", unit: "requests", used: 8, limit: 10 },
  });
  const metrics = await fetch(`${at.broker.url}/metrics`, { headers: { authorization: `Bearer ${ALICE}` } });
  expect(await metrics.text()).toContain('broker_budget_alerts_total{budget="daily",threshold="90"} 1');
});

it("a webhook that fails is asked again", async () => {
  await using receiver = await receiveWebhooks();
  receiver.answerFirst(500);
  await using at = await budgetBroker("{ name: daily, requests: 1, per: day }", {
    more: webhook(receiver.url),
  });
  await spend(at, 1);
  await until("it was asked", () => at.broker.logs.some(({ msg }) => msg === "budget-alert-not-delivered"));
  expect(at.broker.logs.find(({ msg }) => msg === "budget-alert-not-delivered")).toMatchObject({
    ...{ setting: "alerts.webhook", budget: "daily", next_attempt: "in 1 s" },
    cause: { message: "the webhook answered 500" },
  });
  await until("it is delivered", () => receiver.received.length === 1);
});

it("what was reached by a limit that is lower now is told too, and what was told is not told again", async () => {
  await using at = await budgetBroker(ten);
  await spend(at, 8);
  await until("80 is told", () => reachedIn(at).length === 1);
  const yaml = `
callers: { tokens: [{ name: alice, token: ${ALICE} }] }
budgets: [${ten.replace("10", "8")}]`;
  await at.broker.useConfig(yaml);
  await until("100 is told", () => reachedIn(at).length === 2);
  await at.broker.useConfig(yaml);
  expect(reachedIn(at)).toEqual([80, 100]);
});

it("amounts outlive a restart, and thresholds that were not told before it are told after it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "broker-budgets-"));
  const env = { DATABASE_URL: `sqlite:${join(folder, "broker.db")}` };
  try {
    {
      await using before = await budgetBroker("{ name: daily, requests: 100, each: caller, per: day }", {
        env,
      });
      await spend(before, 9);
    }
    await using after = await budgetBroker(ten, { env });
    await until("90 is told at the start", () => reachedIn(after).length === 1);
    expect(reachedIn(after)).toEqual([90]);
    const statuses = [await after.chat(), await after.chat()].map(({ status }) => status);
    expect(statuses).toEqual([200, 429]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("mistakes in budgets and alerts are all named at once, each with what to write", async () => {
  const { problemsIn } = await import("../support/configuration.ts");
  const yaml = `
callers: { guests: loopback }
budgets:
  - { name: a, per: week, requests: 5 }
  - { name: b, per: day }
  - { name: c, per: day, cost_usd: -5, time_zone: Mars/Olympus, for: 'team' }
  - { name: c, per: day, requests: 1.5, each: user, for: 'profile:defualt' }
alerts: { webhook: { url: 'ftp://x', secret: short } }`;
  expect(problemsIn(yaml, { OPENAI_API_KEY: "sk-test" })).toMatchInlineSnapshot(`
    [
      "budgets[0].per: must be day or month",
      "budgets[1]: must have at least one of requests, tokens, minutes and cost_usd",
      "budgets[2].for: must be everyone, members, guests, team:NAME, role:NAME, profile:NAME, user:NAME, token:NAME, signer:NAME, issuer:URL or host:NAME, or a list of them",
      "budgets[2].cost_usd: must be more than 0",
      "budgets[2].time_zone: must be a time zone such as Europe/Vienna",
      "budgets[3].each: must be caller, team or profile",
      "budgets[3].requests: must be a whole number, not 1.5",
      "alerts.webhook.url: must be an http(s) address",
      "alerts.webhook.secret: must be whsec_ and the base64 of 24 to 64 bytes; make one with: echo whsec_$(openssl rand -base64 32)",
      "budgets[3].for: there is no profile called defualt; did you mean default?",
    ]
  `);
});
