// The events a session sends and receives, typed as OpenAI's own package types them.
import type { RealtimeServerEvent } from "openai/resources/realtime/realtime";
import type { Session } from "../session/session.ts";

type WithoutId<T> = T extends unknown ? Omit<T, "event_id"> : never;

// The package types a session as it is asked for; what is echoed has more in it.
type SessionEvent = { type: "session.created" | "session.updated"; session: Session };

/** A server event, but for its `event_id`, which whoever sends it adds. */
export type ServerEvent =
  | Exclude<WithoutId<RealtimeServerEvent>, { type: "session.created" | "session.updated" }>
  | SessionEvent;

export type Send = (event: ServerEvent) => void;
