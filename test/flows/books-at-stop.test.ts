// A stop ends requests that take longer than it waits: they are booked and charged like any that end early.
import { expect, it } from "vitest";
import { createBooks } from "../support/books.ts";
import { budgetBroker } from "../support/budget-broker.ts";
import type { Behaviour } from "../support/fake-openai.ts";
import { until } from "../support/wait.ts";

/** Begins streams and never ends them; others it does not answer at all. */
const endless: Behaviour = (answer, { body }) => {
  if (!body.includes('"stream":true')) return;
  answer.writeHead(200, { "content-type": "text/event-stream" });
  answer.write('data: {"model":"gpt-5-mini","choices":[]}\n\n');
};

it("has requests that were cut off by a stop, and what they may have spent", async () => {
  await using books = await createBooks([]);
  const env = { DATABASE_URL: books.url };
  const at = await budgetBroker("{ name: m, tokens: 100000, per: day }", { env, behave: endless });
  const cut = Promise.allSettled([at.chat({ stream: true }).then((answer) => answer.text()), at.chat()]);
  await until("both are under way", () => at.openai.asked.length === 2);
  await at.broker.stop(0.1);
  await cut;
  await at.openai[Symbol.asyncDispose]();
  const records = await books.database.all("select status, aborted from usage_records order by status");
  expect(records).toEqual([
    { status: 200, aborted: 1 },
    { status: 499, aborted: 1 },
  ]);
  const [amount] = await books.database.all("select spent from budget_amounts");
  expect(Number(amount?.spent)).toBeGreaterThan(200);
});
