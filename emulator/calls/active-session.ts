// An active session: its conversation, the caller and the sidebands beside the caller, and a record of its events for tests.
import { addUsage, noUsage, usageOf } from "../billing/session-usage.ts";
import { Conversation, type ConversationPorts } from "../conversation/conversation.ts";
import type { Send, ServerEvent } from "../conversation/events.ts";
import type { Loudspeaker } from "../conversation/loudspeaker.ts";
import type { CallOwner } from "../keys/call-owner.ts";
import type { Session } from "../session/session.ts";
import { type Connection, Connections } from "./connections.ts";
import { type Event, EventRecord } from "./event-record.ts";

/** How a session ended; `caller` when the browser has gone, or the WebSocket that began it. */
export type EndedBy = "caller" | "defect" | "expired" | "hangup" | "script" | "shutdown";

export interface ActiveSessionOptions {
  id: string;
  transport: "webrtc" | "websocket" | "none";
  /** Undefined for a session that no other connection may join. */
  owner: CallOwner | undefined;
  session: Session;
  ports: ActiveSessionPorts;
  loudspeaker: (send: Send) => Loudspeaker;
  closesSidebandsWithCaller(): boolean;
}

export type ActiveSessionPorts = Omit<ConversationPorts, "send" | "hangUp" | "loudspeaker"> & {
  now(): number;
};

// Time for the last events to arrive before the connections are closed.
const GOODBYE_MS = 150;
const NORMAL = 1000;
const GOING_AWAY = 1001;

export class ActiveSession {
  readonly id: string;
  readonly transport: ActiveSessionOptions["transport"];
  readonly owner: CallOwner | undefined;
  readonly #options: ActiveSessionOptions;
  readonly #conversation: Conversation;
  readonly #connections = new Connections();
  readonly #afterwards: (() => void)[] = [];
  readonly #received = new EventRecord();
  readonly #receivedBeside = new EventRecord();
  readonly #sent = new EventRecord();
  readonly #startedAt: number;
  readonly #over = new AbortController();
  #ended: { by: EndedBy; at: number } | undefined;
  #usage = noUsage();

  constructor(options: ActiveSessionOptions) {
    const { id, transport, owner, session, ports, loudspeaker } = options;
    this.id = id;
    this.transport = transport;
    this.owner = owner;
    this.#options = options;
    this.#startedAt = ports.now();
    const send = this.#send;
    const hangUp = () => this.end("script");
    this.#conversation = new Conversation(session, {
      ...ports,
      send,
      loudspeaker: loudspeaker(send),
      hangUp,
    });
  }

  get isOpen(): boolean {
    return this.#ended === undefined;
  }

  get session(): Session {
    return this.#conversation.session;
  }

  /** Connects the caller, who gets `session.created` and every event from now on. */
  join(caller: Connection): void {
    this.#connections.join(caller);
    caller.send(JSON.stringify(this.#stamp({ type: "session.created", session: this.session })));
  }

  /** Connects a sideband, which gets every event from now on; joining itself sends nothing. Returns how to leave. */
  attach(sideband: Connection): () => void {
    return this.#connections.attach(sideband);
  }

  /** Called when the session has ended. */
  whenEnded(then: () => void): void {
    this.#afterwards.push(then);
  }

  /** One message of the caller, or of a sideband. What comes after the end has no effect. */
  receive(message: string, from: "caller" | "sideband" = "caller"): void {
    if (!this.isOpen) return;
    (from === "caller" ? this.#received : this.#receivedBeside).addMessage(message);
    // A defect ends this session, not the emulator.
    try {
      this.#conversation.receive(message);
    } catch (defect) {
      this.#options.ports.broke(defect);
      this.end("defect");
    }
  }

  hear(samples: Float32Array, rate: number): void {
    if (this.isOpen) this.#conversation.hear(samples, rate);
  }

  /** A turn of the user without audio, for tests. */
  say(transcript: string, ms: number): void {
    if (this.isOpen) this.#conversation.say(transcript, ms);
  }

  /** Sends an event to all and counts the usage that it tells; it is not recorded. */
  emit(event: ServerEvent, eventId: string): void {
    if (this.isOpen) this.#deliver({ event_id: eventId, ...event }, event);
  }

  /** Ends the session. When the caller has left, the sidebands stay open and are sent nothing, as at OpenAI. */
  end(by: EndedBy): void {
    if (!this.isOpen) return;
    this.#ended = { by, at: this.#options.ports.now() };
    this.#over.abort();
    this.#conversation.end();
    const code = by === "expired" ? GOING_AWAY : NORMAL;
    this.#connections.closeCaller(code);
    if (by !== "caller" || this.#options.closesSidebandsWithCaller()) this.#connections.closeSidebands(code);
    for (const then of this.#afterwards) then();
  }

  /** Ends the session as OpenAI does after its longest time. */
  expire(): void {
    const { expires_at } = this.session;
    const minutes = Math.max(1, Math.round((expires_at * 1000 - this.#startedAt) / 60_000));
    const message = `Your session hit the maximum duration of ${minutes} minutes.`;
    this.#send({ type: "error", error: { type: "invalid_request_error", code: "session_expired", message } });
    this.#options.ports.wait(GOODBYE_MS, this.#over.signal).then(
      () => this.end("expired"),
      () => undefined,
    );
  }

  /** Breaks the connections of the sidebands; the session goes on. Returns how many there were. */
  dropSidebands(): number {
    return this.#connections.dropSidebands();
  }

  /** Ends the session, and closes its sidebands also where the caller had left before. */
  closeAll(): void {
    this.end("shutdown");
    this.#connections.closeSidebands(GOING_AWAY);
  }

  /** What it used, and how it ended. */
  count() {
    const until = this.#ended?.at ?? this.#options.ports.now();
    return {
      id: this.id,
      transport: this.transport,
      model: this.session.type === "realtime" ? this.session.model : null,
      open: this.isOpen,
      ended_by: this.#ended?.by ?? null,
      seconds: (until - this.#startedAt) / 1000,
      sidebands: this.#connections.sidebands,
      usage: this.#usage,
    };
  }

  /** The session's state, for tests. */
  report() {
    return {
      ...this.count(),
      seconds_of_speech_heard: this.#conversation.secondsOfSpeech,
      session: this.session,
      responses: this.#conversation.responses,
      client_events: this.#received.all,
      sideband_events: this.#receivedBeside.all,
      server_events: this.#sent.all,
    };
  }

  readonly #send: Send = (event) => {
    if (this.isOpen) this.#deliver(this.#stamp(event), event);
  };

  #deliver(stamped: Event, event: ServerEvent): void {
    const used = usageOf(event);
    if (used) this.#usage = addUsage(this.#usage, used);
    this.#connections.send(JSON.stringify(stamped));
  }

  #stamp(event: ServerEvent): Event {
    const stamped = { event_id: this.#options.ports.randomId("event"), ...event };
    this.#sent.add(stamped);
    return stamped;
  }
}
