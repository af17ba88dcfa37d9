// The events a session sends and receives, typed as OpenAI's own package types them.
import type { RealtimeServerEvent } from "openai/resources/realtime/realtime";
import type { Session } from "../session/session.ts";

type WithoutId<T> = T extends unknown ? Omit<T, "event_id"> : never;

// The package types a session as a client sends it; the echo has more fields.
type SessionEvent = { type: "session.created" | "session.updated"; session: Session };

/** A server event without its `event_id`, which is added on sending. */
export type ServerEvent =
  | Exclude<WithoutId<RealtimeServerEvent>, { type: "session.created" | "session.updated" }>
  | SessionEvent;

export type Send = (event: ServerEvent) => void;
