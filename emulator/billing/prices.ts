// What some models cost in the emulator, in US dollars for a million tokens, so that a client's own reckoning can be compared.

/** Text in, text out, images out. Other models cost nothing here. */
const prices: Readonly<Record<string, readonly [number, number, number]>> = {
  "gpt-5": [1.25, 10, 0],
  "gpt-5-mini": [0.25, 2, 0],
  "gpt-5-nano": [0.05, 0.4, 0],
  "gpt-6-luna": [0.1, 0.5, 0],
  "gpt-image-1": [5, 0, 40],
  "text-embedding-3-small": [0.02, 0, 0],
};

/** The line items of a bill, as OpenAI writes them, with their cost in US dollars. */
export const lineItemsOf = (
  model: string,
  used: { inputTokens: number; outputTokens: number; imageOutputTokens: number },
): [string, number][] => {
  const [textIn, textOut, imageOut] = prices[model] ?? [0, 0, 0];
  const text = used.outputTokens - used.imageOutputTokens;
  return [
    [`${model}, input_tokens`, (used.inputTokens * textIn) / 1e6],
    [`${model}, output_tokens`, (text * textOut + used.imageOutputTokens * imageOut) / 1e6],
  ];
};
