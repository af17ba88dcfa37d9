// The events that a GPT-Live session sends, typed as OpenAI's own package types them.
import type { ConnectServerEvent } from "openai/resources/live/sideband/sideband";

type WithoutId<T> = T extends unknown ? Omit<T, "event_id"> : never;

type AudioCopy = Extract<
  ConnectServerEvent,
  { type: "session.input_audio.append" | "session.output_audio.delta" }
>;

/** An event without its `event_id`, which is added on sending. */
export type LiveEvent = WithoutId<Exclude<ConnectServerEvent, AudioCopy>>;

export type SendLive = (event: LiveEvent) => void;

/** The member that says which client event caused an event; none where there was none. */
export const causedBy = (clientEventId: string | null | undefined): { client_event_id?: string } =>
  clientEventId == null ? {} : { client_event_id: clientEventId };
