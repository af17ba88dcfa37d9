// What a browser's data channel may send and gets, by the lists of `client.data_channel`.
import type { LiveEvent } from "./server-events.ts";
import type { DataChannel } from "./session-schema.ts";

/** Whether the browser may send events of this type; without a list it may send all. */
export const maySend = ({ allowed_client_events: allowed = "all" }: DataChannel, type: string): boolean =>
  allowed === "all" || allowed.includes(type);

/** Whether the browser gets this event; one of the model behind the voice is named by its nested type. */
export const gets = ({ allowed_server_events: allowed = "all" }: DataChannel, event: LiveEvent): boolean => {
  if (allowed === "all") return true;
  return allowed.some(
    ({ type, response_event }) =>
      type === event.type && (event.type !== "response.event" || event.event.type === response_event),
  );
};
