// The questions of GPT-Live's Decisions: classifiers that run on what is said, beside the conversation.
import { z } from "zod";

const jsonObject = z.record(z.string(), z.unknown());

const instructions = z.union([
  z.string().min(1),
  z.array(
    z.discriminatedUnion("type", [
      z.strictObject({ type: z.literal("input_text"), text: z.string() }),
      z.strictObject({
        type: z.literal("input_image"),
        image_url: z.string().min(1),
        detail: z.enum(["low", "high", "auto", "original"]).nullable().exactOptional(),
      }),
      z.strictObject({
        type: z.literal("input_json"),
        data: z.union([jsonObject, z.array(jsonObject)]),
      }),
    ]),
  ),
]);

const common = { instructions, name: z.string().min(1).exactOptional() };

const question = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("predicate"), ...common }),
  z.strictObject({
    type: z.literal("choice"),
    ...common,
    choices: z.array(
      z.strictObject({
        value: z.union([z.string(), z.boolean()]),
        description: z.string().exactOptional(),
      }),
    ),
  }),
  z.strictObject({
    type: z.literal("score"),
    ...common,
    levels: z.array(z.strictObject({ label: z.string().min(1), description: z.string().exactOptional() })),
  }),
]);

/** `delegation.decisions` */
export const liveDecisions = z.strictObject({
  model: z.string().min(1),
  questions: z.array(question).min(1),
});

const spoken = ["session.input_transcript.delta", "session.output_transcript.delta"] as const;

/** `triggers` */
export const liveTriggers = z
  .array(
    z.strictObject({
      type: z.literal("decisions"),
      event_type: z.enum(spoken),
      decisions: z.strictObject({ questions: z.array(question).min(1) }),
    }),
  )
  .refine((all) => new Set(all.map((each) => each.event_type)).size === all.length, {
    error: "has at most one trigger for each event_type",
  });
