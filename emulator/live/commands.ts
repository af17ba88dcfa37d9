// The client events of a GPT-Live session: who may send which, what waits for the start, and the errors they get.
import { OpenAiError } from "../http/openai-error.ts";
import { type LiveClientEvent, memberOf, parseMessage, readClientEvent } from "./client-events.ts";
import { maySend } from "./data-channel-lists.ts";
import type { Command } from "./live-conversation.ts";
import { causedBy, type SendLive } from "./server-events.ts";
import type { DataChannel } from "./session-schema.ts";
import type { LiveSettings } from "./settings.ts";

export type Sender = "data_channel" | "sideband";

export interface CommandPorts {
  lists: DataChannel;
  settings(): LiveSettings;
  send: SendLive;
  /** Throws the content of the `error` event. */
  handle(command: Command): void;
  close(clientEventId: string | null | undefined): void;
}

// What waits for the start; a client that sends more than this before it is refused.
const MOST_WAITING = 100;

export class Commands {
  readonly #ports: CommandPorts;
  /** The timeline begins with the user's audio: what comes before it waits. */
  #waiting: Command[] | undefined = [];
  #closing = false;

  constructor(ports: CommandPorts) {
    this.#ports = ports;
  }

  receive(message: string, from: Sender): void {
    const value = parseMessage(message);
    const type = memberOf(value, "type");
    const { lists, settings } = this.#ports;
    const isRefused = from === "data_channel" && type !== undefined && !maySend(lists, type);
    if (isRefused && settings().refused_client_events === "silence") return;
    this.#answerErrors(memberOf(value, "event_id"), () => {
      if (isRefused)
        throw new OpenAiError(
          403,
          "forbidden",
          `This data channel may not send '${type.slice(0, 256)}'.`,
          "type",
        );
      this.#take(readClientEvent(value));
    });
  }

  /** The session has started: carries out what waited. */
  start(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const command of waiting) this.#answerErrors(command.event_id, () => this.#ports.handle(command));
  }

  #take(event: LiveClientEvent): void {
    if (this.#closing) throw new OpenAiError(400, "session_closed", "The session is closing.");
    if (event.type === "session.close") {
      if (!this.#ports.settings().close_answered) return;
      this.#closing = true;
      this.#ports.close(event.event_id);
    } else if (this.#waiting === undefined) {
      this.#ports.handle(event);
    } else {
      if (this.#waiting.length >= MOST_WAITING)
        throw new OpenAiError(400, "invalid_value", "The session has not started yet.");
      this.#waiting.push(event);
    }
  }

  #answerErrors(eventId: string | null | undefined, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof OpenAiError)) throw error;
      const { message, type, code, param } = error.detail;
      const cause = causedBy(eventId);
      const detail = { type, code: code ?? "invalid_request", message, ...(param && { param }) };
      this.#ports.send({ type: "error", ...cause, error: { ...detail, ...cause } });
    }
  }
}
