// How much a request allows a model to answer, read in the pass that reads its model.
import { expect, it } from "vitest";
import { jsonModels } from "../../../../server/relay/policy/model.ts";
import { OutputLimitWatch, outputLimitOfForm } from "../../../../server/relay/policy/output-limit.ts";

const read = (text: string, piece = text.length) => {
  const watch = new OutputLimitWatch();
  const bytes = Buffer.from(text);
  const reader = jsonModels(watch);
  for (let end = piece; end < bytes.length; end += piece) reader.feed(bytes, end);
  expect(reader.finish(bytes).model).toBe("gpt-5-mini");
  return watch.read(bytes);
};
const body = (fields: string) =>
  `{"model":"gpt-5-mini",${fields}"messages":[{"role":"user","content":"max_tokens"}]}`;

it.each([
  ["the maximum of a chat", '"max_completion_tokens":300,', { maxTokens: 300, choices: 1 }],
  ["of a response", '"max_output_tokens": 300 ,', { maxTokens: 300, choices: 1 }],
  ["of older chats, and several answers", '"n":4,"max_tokens":20,', { maxTokens: 20, choices: 4 }],
  ["all answers of which the best is wanted", '"best_of":9,"n":2,', { maxTokens: undefined, choices: 9 }],
  ["the larger of two", '"max_tokens":20,"max_completion_tokens":300,', { maxTokens: 300, choices: 1 }],
  ["however the number is written", '"max_tokens":1.5e3,', { maxTokens: 1500, choices: 1 }],
  ["however the name is written", '"max\\u005ftokens":20,', { maxTokens: 20, choices: 1 }],
  ["nothing where nothing is said", "", { maxTokens: undefined, choices: 1 }],
  [
    "nothing in null, texts and lists",
    '"max_tokens":null,"n":"5","max_output_tokens":[9],',
    { maxTokens: undefined, choices: 1 },
  ],
  ["nothing in what is negative or none", '"max_tokens":-5,"n":0,', { maxTokens: undefined, choices: 1 }],
  [
    "nothing in a number that is too long to be meant",
    '"max_tokens":0.000000000000000000000000000000001e36,',
    { maxTokens: undefined, choices: 1 },
  ],
  ["nothing further down", '"metadata":{"max_tokens":5,"n":7},', { maxTokens: undefined, choices: 1 }],
])("reads %s", (_, fields, expected) => {
  expect(read(body(fields))).toEqual({ ...expected, prompts: 1 });
  expect(read(body(fields), 7)).toEqual({ ...expected, prompts: 1 });
});

it("reads how many prompts a body has", () => {
  expect(read(body('"prompt":["Is it?","Why?"],"n":2,'))).toMatchObject({ choices: 2, prompts: 2 });
  expect(read(body('"prom\\u0070t":["Is it?","Why?"],'), 7).prompts).toBe(2);
  expect(read(body('"metadata":{"prompt":["Is it?","Why?"]},')).prompts).toBe(1);
});

it("reads how many images a form asks for", () => {
  const choices = (n: string | undefined) =>
    outputLimitOfForm((name) => (name === "n" ? n : undefined)).choices;
  expect(["4", "4.0", undefined, "", "-4", "four"].map(choices)).toEqual([4, 4, 1, 1, 1, 1]);
});
