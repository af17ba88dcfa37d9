// A session's state machine: client events and audio in, server events out, independent of the transport.
import { OpenAiError } from "../http/openai-error.ts";
import { Prompter } from "../script/prompter.ts";
import type { Script } from "../script/script.ts";
import { type Session, updateSession } from "../session/session.ts";
import type { Speech } from "../speech/clips.ts";
import { type ClientEvent, type ClientItem, readClientEvent } from "./client-events.ts";
import type { Send } from "./events.ts";
import { type Item, Items } from "./items.ts";
import { Listener } from "./listener.ts";
import type { Loudspeaker } from "./loudspeaker.ts";
import type { MadeResponse } from "./made-responses.ts";
import { clearPlayback } from "./playback.ts";
import { Responder } from "./responder.ts";

export interface ConversationPorts {
  send: Send;
  randomId(prefix: string): string;
  wait(ms: number, signal: AbortSignal): Promise<void>;
  speechFor(text: string): Speech;
  loudspeaker: Loudspeaker;
  script: Script;
  hangUp(): void;
  broke(reason: unknown): void;
}

export class Conversation {
  readonly #ports: ConversationPorts;
  readonly #items = new Items();
  readonly #listener: Listener;
  readonly #responder: Responder;
  #session: Session;

  constructor(session: Session, ports: ConversationPorts) {
    this.#session = session;
    this.#ports = ports;
    const prompter = new Prompter(ports.script);
    const conversationId = ports.randomId("conv");
    this.#listener = new Listener({
      ...ports,
      items: this.#items,
      session: () => this.#session,
      scripted: () => prompter.hears(),
      answering: () => this.#responder.answering,
      speechStarted: () => this.#speechStarted(),
      turnEnded: () => this.#turnEnded(),
    });
    const heardMs = () => this.#listener.committedMs;
    this.#responder = new Responder({ ...ports, items: this.#items, prompter, conversationId, heardMs });
  }

  get session(): Session {
    return this.#session;
  }

  /** Under which instructions and tools each response was made, for tests. */
  get responses(): readonly MadeResponse[] {
    return this.#responder.responses;
  }

  get secondsOfSpeech(): number {
    return this.#listener.speechMs / 1000;
  }

  /** Audio from the user's microphone. */
  hear(samples: Float32Array, rate: number): void {
    this.#listener.hear(samples, rate);
  }

  /** A turn of the user without audio, for tests: what was said, in how many milliseconds. */
  say(transcript: string, ms: number): void {
    this.#listener.say(transcript, ms);
  }

  /** One message of a client, unparsed. */
  receive(message: string): void {
    let eventId: string | undefined;
    try {
      const value = parse(message);
      eventId = idOf(value);
      this.#handle(readClientEvent(value));
    } catch (error) {
      if (!(error instanceof OpenAiError)) throw error;
      const detail = { ...error.detail, ...(eventId === undefined ? {} : { event_id: eventId }) };
      this.#ports.send({ type: "error", error: detail });
    }
  }

  /** The client has gone: stops the timers and sends nothing more. */
  end(): void {
    this.#responder.abandon();
  }

  #handle(event: ClientEvent): void {
    const { send } = this.#ports;
    switch (event.type) {
      case "session.update":
        this.#session = updateSession(this.#session, event.session, this.#responder.hasSpoken);
        send({ type: "session.updated", session: this.#session });
        break;
      case "input_audio_buffer.append":
        this.#listener.append(event.audio);
        break;
      case "input_audio_buffer.commit":
        this.#listener.commit();
        break;
      case "input_audio_buffer.clear":
        this.#listener.clear();
        break;
      case "output_audio_buffer.clear":
        clearPlayback(this.#ports);
        break;
      case "conversation.item.create":
        this.#create(event.item, event.previous_item_id);
        break;
      case "conversation.item.retrieve":
        send({ type: "conversation.item.retrieved", item: this.#items.find(event.item_id) });
        break;
      case "conversation.item.delete":
        this.#items.delete(event.item_id);
        send({ type: "conversation.item.deleted", item_id: event.item_id });
        break;
      case "conversation.item.truncate":
        this.#truncate(event);
        break;
      case "response.create":
        this.#respond(event.response ?? {});
        break;
      case "response.cancel":
        this.#responder.cancel(event.response_id);
        break;
    }
  }

  #create(given: ClientItem, previousId: string | null | undefined): void {
    if (given.type === "function_call_output") this.#items.findCall(given.call_id);
    const item = complete(given, this.#ports.randomId);
    const previous = this.#items.add(item, previousId);
    this.#ports.send({ type: "conversation.item.added", previous_item_id: previous, item });
    this.#ports.send({ type: "conversation.item.done", previous_item_id: previous, item });
  }

  #truncate(event: Extract<ClientEvent, { type: "conversation.item.truncate" }>): void {
    const item = this.#items.find(event.item_id);
    if (item.type !== "message" || item.role !== "assistant") {
      const message = "Only model output audio messages can be truncated";
      throw new OpenAiError(400, "invalid_value", message, "item_id");
    }
    const { item_id, content_index, audio_end_ms } = event;
    this.#ports.send({ type: "conversation.item.truncated", item_id, content_index, audio_end_ms });
  }

  #respond(params: Parameters<Responder["respond"]>[1]): void {
    if (this.#session.type === "transcription") {
      const message = "Creating a response is not supported in a transcription session.";
      throw new OpenAiError(400, "invalid_value", message, "type");
    }
    this.#responder.respond(this.#session, params);
  }

  #speechStarted(): void {
    if (this.#session.audio.input.turn_detection?.interrupt_response) this.#responder.interrupt();
  }

  #turnEnded(): void {
    const session = this.#session;
    if (session.type === "transcription" || !session.audio.input.turn_detection?.create_response) return;
    this.#responder.respondToTurn(() => (this.#session.type === "realtime" ? this.#session : session));
  }
}

const parse = (message: string): unknown => {
  try {
    return JSON.parse(message);
  } catch {
    throw new OpenAiError(400, "invalid_json", "We could not parse the JSON body of your event.");
  }
};

const idOf = (value: unknown): string | undefined =>
  typeof value === "object" && value !== null && "event_id" in value && typeof value.event_id === "string"
    ? value.event_id
    : undefined;

const complete = (item: ClientItem, randomId: (prefix: string) => string): Item => {
  const id = item.id ?? randomId("item");
  if (item.type === "function_call") {
    return { ...item, id, status: "completed", call_id: item.call_id ?? randomId("call") } as Item;
  }
  return { ...item, id, status: "completed" } as Item;
};
