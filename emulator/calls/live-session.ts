// An active session: its conversation, its participants, and a record of its events for tests.
import { Conversation, type ConversationPorts } from "../conversation/conversation.ts";
import type { Send, ServerEvent } from "../conversation/events.ts";
import type { Loudspeaker } from "../conversation/loudspeaker.ts";
import type { Session } from "../session/session.ts";

export interface LiveSessionOptions {
  id: string;
  transport: "webrtc" | "websocket";
  session: Session;
  ports: Omit<ConversationPorts, "send" | "hangUp" | "loudspeaker">;
  loudspeaker: (send: Send) => Loudspeaker;
}

type Event = Record<string, unknown>;

// Enough for a test or an hour of talk, and bounded.
const RECORDED_EVENTS = 5000;
const LONGEST_RECORDED_FIELD = 2000;

export class LiveSession {
  readonly id: string;
  readonly transport: "webrtc" | "websocket";
  readonly #conversation: Conversation;
  readonly #randomId: (prefix: string) => string;
  readonly #broke: (reason: unknown) => void;
  readonly #connected = new Set<{ send(text: string): void; end(): void }>();
  readonly #received: Event[] = [];
  readonly #sent: Event[] = [];
  #open = true;

  constructor({ id, transport, session, ports, loudspeaker }: LiveSessionOptions) {
    this.id = id;
    this.transport = transport;
    this.#randomId = ports.randomId;
    this.#broke = ports.broke;
    const send: Send = (event) => this.#broadcast(event);
    this.#conversation = new Conversation(session, {
      ...ports,
      send,
      loudspeaker: loudspeaker(send),
      hangUp: () => this.end(),
    });
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Adds a participant, which gets `session.created` and every event from now on. */
  join(client: { send(text: string): void; end(): void }): () => void {
    this.#connected.add(client);
    const event = this.#stamp({ type: "session.created", session: this.#conversation.session });
    client.send(JSON.stringify(event));
    return () => this.#connected.delete(client);
  }

  /** Called when the session ends; gets no events. */
  whenEnded(end: () => void): void {
    this.#connected.add({ send: () => undefined, end });
  }

  /** One message of a participant. */
  receive(message: string): void {
    if (!this.#open) return;
    record(this.#received, parse(message));
    // A defect ends this session, not the emulator.
    try {
      this.#conversation.receive(message);
    } catch (defect) {
      this.#broke(defect);
      this.end();
    }
  }

  hear(samples: Float32Array, rate: number): void {
    if (this.#open) this.#conversation.hear(samples, rate);
  }

  /** Ends the session for all participants. */
  end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#conversation.end();
    for (const client of this.#connected) client.end();
    this.#connected.clear();
  }

  /** The session's state, for tests. */
  report() {
    return {
      id: this.id,
      transport: this.transport,
      open: this.#open,
      seconds_of_speech_heard: this.#conversation.secondsOfSpeech,
      session: this.#conversation.session,
      client_events: this.#received,
      server_events: this.#sent,
    };
  }

  #broadcast(event: ServerEvent): void {
    if (!this.#open) return;
    const text = JSON.stringify(this.#stamp(event));
    for (const client of this.#connected) client.send(text);
  }

  #stamp(event: ServerEvent): Event {
    const stamped = { event_id: this.#randomId("event"), ...event };
    record(this.#sent, stamped);
    return stamped;
  }
}

const record = (events: Event[], event: Event): void => {
  // Audio is left out: it would fill the memory, and no test reads it.
  const short = Object.entries(event).map(([key, value]) => [
    key,
    typeof value === "string" && value.length > LONGEST_RECORDED_FIELD
      ? `(${value.length} characters)`
      : value,
  ]);
  events.push(Object.fromEntries(short));
  if (events.length > RECORDED_EVENTS) events.shift();
};

const parse = (message: string): Event => {
  try {
    const value: unknown = JSON.parse(message);
    return typeof value === "object" && value !== null ? { ...value } : { unreadable: message };
  } catch {
    return { unreadable: message };
  }
};
