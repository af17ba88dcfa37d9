// POST /v1/embeddings: the same text always has the same direction, and means nothing.
import { createHash } from "node:crypto";
import { z } from "zod";
import { tokensIn } from "./reply.ts";

export const embeddingsRequest = z.looseObject({
  model: z.string(),
  input: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(2048)]),
  encoding_format: z.enum(["float", "base64"]).default("float"),
  dimensions: z.int().min(1).max(3072).default(1536),
});

export const embeddings = ({
  model,
  input,
  encoding_format: format,
  dimensions,
}: z.output<typeof embeddingsRequest>) => {
  const texts = typeof input === "string" ? [input] : input;
  const tokens = texts.reduce((sum, text) => sum + tokensIn(text), 0);
  const data = texts.map((text, index) => {
    const vector = vectorOf(text, dimensions);
    const embedding = format === "float" ? [...vector] : Buffer.from(vector.buffer).toString("base64");
    return { object: "embedding", index, embedding };
  });
  return { object: "list", data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
};

// Of length one, as OpenAI's are.
const vectorOf = (text: string, dimensions: number): Float32Array => {
  const bytes = createHash("shake256", { outputLength: dimensions * 4 })
    .update(text)
    .digest();
  const numbers = Float32Array.from(
    { length: dimensions },
    (_, index) => bytes.readInt32LE(index * 4) / 2 ** 31,
  );
  const length = Math.sqrt(numbers.reduce((sum, number) => sum + number * number, 0));
  return numbers.map((number) => number / length);
};
