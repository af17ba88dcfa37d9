// What the page of a GPT-Live session may send and gets: OpenAI itself refuses the rest, so the lists are never left out.
import { z } from "zod";

const eventName = z
  .string()
  .max(256)
  .regex(/^(?:error|info|[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+)$/, "is an event's name, such as session.close");

const selector = z
  .strictObject({ type: eventName, response_event: z.string().min(1).max(256).exactOptional() })
  .refine(
    ({ type, response_event: nested }) => (type === "response.event") === (nested !== undefined),
    "names `response_event` where its type is response.event, and only there",
  );

/** `client.data_channel` */
export const liveDataChannel = z.strictObject({
  allowed_client_events: z
    .union([z.literal("all"), z.array(eventName).max(256)], "is a list of events' names")
    .exactOptional(),
  allowed_server_events: z
    .union([z.literal("all"), z.array(selector).max(256)], "is `all`, or a list such as [{ type: error }]")
    .exactOptional(),
});

export type LiveDataChannel = z.output<typeof liveDataChannel>;

/** Where the profile says nothing. */
const open: LiveDataChannel = {
  allowed_client_events: ["session.close", "session.input_audio.mute", "session.input_audio.unmute"],
  allowed_server_events: [
    "session.started",
    "session.closed",
    "session.input_transcript.delta",
    "session.output_transcript.delta",
    "session.input_audio.muted",
    "session.input_audio.unmuted",
    "error",
    "info",
  ].map((type) => ({ type })),
};

/** As OpenAI is told: with both lists. A sealed page sends and gets nothing. */
export const dataChannelOf = (written: LiveDataChannel | undefined, isSealed: boolean): LiveDataChannel =>
  isSealed ? { allowed_client_events: [], allowed_server_events: [] } : { ...open, ...written };

/** With these a page would do the service's work, or undo what the profile says. */
const reserved = [
  ...["session.update", "session.instructions.append", "session.thinking.append"],
  ...["session.commentary.append", "response.item.create", "response.create"],
  ...["decision.create", "decision.item.create", "decision.item.delete"],
];

/** With these it answers what is handed to it, where the profile's delegation is `client`. */
const answers = ["session.thinking.append", "session.commentary.append"];

/** What is wrong with the lists, each with its path below `data_channel`. */
export const dataChannelMistakes = (
  { allowed_client_events: sent, allowed_server_events: got }: LiveDataChannel,
  { isSealed, isDelegate }: { isSealed: boolean; isDelegate: boolean },
): { path: (number | string)[]; message: string }[] => {
  if (isSealed) {
    const full = Object.entries({ allowed_client_events: sent, allowed_server_events: got });
    return full
      .filter(([, list]) => list !== undefined && list.length > 0)
      .map(([name]) => ({ path: [name], message: "must be empty or left out, as the profile is sealed" }));
  }
  if (sent === "all") {
    const message =
      "must name the events: with all of them the page could answer tools, change the delegation and add instructions";
    return [{ path: ["allowed_client_events"], message }];
  }
  return (sent ?? []).flatMap((name, index) =>
    reserved.includes(name) && !(isDelegate && answers.includes(name))
      ? [{ path: ["allowed_client_events", index], message: `${name} is the service's alone; remove it` }]
      : [],
  );
};
