// The events that a GPT-Live session takes from its data channel and its sidebands; any other is answered by an `error` event.
import { z } from "zod";
import { OpenAiError } from "../http/openai-error.ts";
import { accept } from "../http/refusal.ts";

const event = <T extends string, F extends z.ZodRawShape>(type: T, fields: F) =>
  z.strictObject({ type: z.literal(type), event_id: z.string().max(512).nullish(), ...fields });

// OpenAI allows 500 tokens.
const LONGEST_CONTENT = 500 * 4;
const appended = {
  content: z.string().max(LONGEST_CONTENT, "more than 500 tokens"),
  delegation_id: z.string().nullable(),
};

const output = z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]);
const item = z.union([
  z.strictObject({
    type: z.literal("function_call_output"),
    id: z.string().nullish(),
    call_id: z.string(),
    output,
    status: z.enum(["in_progress", "completed", "incomplete"]).nullish(),
  }),
  z.looseObject({ type: z.string().refine((type) => type !== "function_call_output") }),
  z.looseObject({ type: z.undefined().optional(), role: z.enum(["user", "system", "developer"]) }),
]);

const clientEvents = [
  event("session.update", { session: z.record(z.string(), z.unknown()) }),
  event("session.input_audio.mute", {}),
  event("session.input_audio.unmute", {}),
  event("session.instructions.append", appended),
  event("session.thinking.append", appended),
  event("session.commentary.append", appended),
  event("session.output_audio.fixture.play", { audio: z.base64() }),
  event("response.item.create", { item }),
  event("response.create", {}),
  event("session.close", {}),
] as const;

const clientEvent = z.discriminatedUnion("type", clientEvents);

export type LiveClientEvent = z.infer<typeof clientEvent>;

/** Parses one message. Throws the content of the `error` event. */
export const readClientEvent = (value: unknown): LiveClientEvent => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new OpenAiError(400, "invalid_json", "We could not parse the JSON body of your event.");
  }
  const type = "type" in value ? value.type : undefined;
  if (type !== undefined && !clientEvents.some(({ shape }) => shape.type.value === type)) {
    const known = clientEvents.map(({ shape }) => `'${shape.type.value}'`).join(", ");
    const message = `Invalid value: '${String(type).slice(0, 256)}'. Supported values are: ${known}.`;
    throw new OpenAiError(400, "invalid_value", message, "type");
  }
  return accept(clientEvent, value);
};

/** The message as JSON; undefined where it is none. */
export const parseMessage = (message: string): unknown => {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
};

/** A string member of an unchecked message. */
export const memberOf = (value: unknown, name: "type" | "event_id"): string | undefined => {
  if (typeof value !== "object" || value === null) return undefined;
  const member: unknown = Reflect.get(value, name);
  return typeof member === "string" ? member : undefined;
};
