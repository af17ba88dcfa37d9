// Budgets that many requests meet at once: what is reserved before cannot be overshot together.
import { expect, it } from "vitest";
import { type BudgetBroker, budgetBroker, COST } from "../support/budget-broker.ts";
import { ALICE } from "../support/relay-client.ts";

const requests = (count: number) => `{ name: daily, requests: ${count}, each: caller, per: day }`;
const dollars = (amount: number) => `{ name: spend, cost_usd: ${amount}, each: caller, per: day }`;

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

it("what they reserved and did not need is there for those who come later", async () => {
  await using at = await budgetBroker(dollars(COST * 50));
  // Each may answer ten times as long as it does.
  const burst = await Promise.all(
    Array.from({ length: 100 }, () => at.chat({ max_completion_tokens: 1000 })),
  );
  const first = burst.filter(({ status }) => status === 200).length;
  expect(first).toBeLessThan(50);
  expect(burst.find(({ status }) => status === 429)?.headers.get("retry-after")).toBe("2");
  let later = 0;
  while ((await at.chat()).status === 200) later += 1;
  expect((first + later) * COST).toBeLessThanOrEqual(COST * 50);
  expect(first + later).toBeGreaterThan(47);
});

const tokens = (count: number) => `{ name: daily, tokens: ${count}, each: caller, per: day }`;
const send = async ({ broker }: BudgetBroker, path: string, body: string | FormData): Promise<number> => {
  const json = typeof body === "string" ? { "content-type": "application/json" } : {};
  const headers = { authorization: `Bearer ${ALICE}`, ...json };
  const answer = await fetch(`${broker.url}${path}`, { method: "POST", headers, body });
  await answer.text();
  return answer.status;
};

it("several prompts at once need room for all their answers", async () => {
  await using at = await budgetBroker(tokens(600));
  const complete = (...prompt: string[]) =>
    send(at, "/v1/completions", JSON.stringify({ model: "gpt-5-mini", max_tokens: 100, best_of: 2, prompt }));
  expect([await complete("a", "b", "c"), await complete("a", "b")]).toEqual([429, 200]);
});

it("several pictures of a form need room for all of them", async () => {
  await using at = await budgetBroker(tokens(5000));
  const edit = (n: string) => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ model: "gpt-image-1", prompt: "Red.", n }))
      form.append(name, value);
    form.append("image", new Blob(["png"], { type: "image/png" }), "a.png");
    return send(at, "/v1/images/edits", form);
  };
  expect([await edit("2"), await edit("1")]).toEqual([429, 200]);
});
