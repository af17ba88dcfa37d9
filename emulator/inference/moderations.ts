// POST /v1/moderations: flags texts with the word "flagged".
import { z } from "zod";
import { textOf } from "./conversation.ts";

export const moderationsRequest = z.looseObject({
  model: z.string().default("omni-moderation-latest"),
  input: z.union([z.string(), z.array(z.union([z.string(), z.looseObject({ type: z.string() })]))]),
});

const categories = [
  ...["harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent"],
  ...["self-harm", "self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors"],
  ...["violence", "violence/graphic"],
];

/** The category is violence. Each string has a result of its own; the parts of one message have one together. */
export const moderations = ({ model, input }: z.output<typeof moderationsRequest>, id: string): object => {
  const isParts = Array.isArray(input) && input.some((part) => typeof part !== "string");
  const texts = isParts ? [textOf(input)] : [input].flat().map(String);
  return { id, model, results: texts.map(judge) };
};

const judge = (text: string): object => {
  const flagged = /\bflagged\b/i.test(text);
  const by = <T>(judgement: (name: string) => T) =>
    Object.fromEntries(categories.map((name) => [name, judgement(name)]));
  return {
    flagged,
    categories: by((name) => flagged && name === "violence"),
    category_scores: by((name) => (flagged && name === "violence" ? 0.97 : 0.0001)),
    category_applied_input_types: by(() => ["text"]),
  };
};
