// A broker with budgets, over an OpenAI that tells how many tokens it used, and answers when it is told to.

import { createTestBroker, type TestBroker, type TestBrokerOptions } from "./broker.ts";
import { type Behaviour, type FakeOpenAi, fakeOpenAi } from "./fake-openai.ts";
import { ALICE, relayYaml } from "./relay-client.ts";

/** What one answer uses; with gpt-5-mini's price of 0.25 and 2 USD for a million tokens. */
export const usage = { prompt_tokens: 20, completion_tokens: 100, total_tokens: 120 };
/** In US dollars. */
export const COST = (20 * 0.25 + 100 * 2) / 1e6;

export const answerWith =
  (used: object | undefined = usage): Behaviour =>
  (answer) => {
    answer.writeHead(200, { "content-type": "application/json" });
    const choices = [{ index: 0, message: { role: "assistant", content: "Yes." }, finish_reason: "stop" }];
    answer.end(
      JSON.stringify({ id: "c", object: "chat.completion", model: "gpt-5-mini", choices, usage: used }),
    );
  };

export interface BudgetBroker extends AsyncDisposable {
  broker: TestBroker;
  openai: FakeOpenAi;
  /** A chat with at most 100 tokens of answer. */
  chat(more?: object, token?: string, init?: RequestInit): Promise<Response>;
}

/** `budgets` is what stands under that name, in one line. */
export const budgetBroker = async (
  budgets: string,
  {
    behave = answerWith(),
    more = "",
    ...options
  }: Partial<TestBrokerOptions> & { behave?: Behaviour; more?: string } = {},
): Promise<BudgetBroker> => {
  const openai = await fakeOpenAi(behave);
  const yaml = relayYaml("{ all: { allow: [everyone] } }", `budgets: [${budgets}]\n${more}`);
  const broker = await createTestBroker({ openai: openai.baseUrl, yaml, ...options });
  return {
    broker,
    openai,
    chat: (fields = {}, token = ALICE, init = {}) => chatWith(broker.url, fields, token, init),
    [Symbol.asyncDispose]: async () => {
      await broker.stop();
      await openai[Symbol.asyncDispose]();
    },
  };
};

/** Not held against the contract: some leave before the answer. */
export const chatWith = (
  url: string,
  fields: object,
  token: string,
  init: RequestInit = {},
): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({
      model: "gpt-5-mini",
      max_completion_tokens: 100,
      messages: [{ role: "user", content: "Is it?" }],
      ...fields,
    }),
    ...init,
  });
