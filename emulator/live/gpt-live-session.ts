// One GPT-Live session: from its creation, which is billed at once, to `session.closed`.
import type { SessionClosedEvent } from "openai/resources/live/live";
import { AudioCopies } from "./audio-copies.ts";
import { Commands, type Sender } from "./commands.ts";
import { LiveConversation, type LiveConversationPorts } from "./live-conversation.ts";
import { type Participant, Participants } from "./participants.ts";
import { causedBy } from "./server-events.ts";
import { SessionMeter } from "./session-meter.ts";
import { type LiveState, resourceOf } from "./session-resource.ts";
import type { LiveSettings } from "./settings.ts";

export interface GptLiveSessionPorts
  extends Omit<LiveConversationPorts, "send" | "meter" | "elapsedMs" | "hangUp" | "signal"> {
  /** Calls `tick` periodically; returns how to stop. */
  every(ms: number, tick: () => void): () => void;
  settings(): LiveSettings;
}

/** Who or what ended it: OpenAI's reason, and `close` or `hangup` where that is `close_requested`. */
export type EndedBy = "close" | "hangup" | Exclude<SessionClosedEvent["reason"], "close_requested">;

// The browser connects a moment after its server has got the answer; a session without a peer does as if.
const CONNECTING_MS = 20;

export class GptLiveSession {
  readonly transport: "webrtc" | "none";
  readonly participants: Participants;
  readonly #ports: GptLiveSessionPorts;
  readonly #conversation: LiveConversation;
  readonly #meter: SessionMeter;
  readonly #copies: AudioCopies;
  readonly #commands: Commands;
  readonly #over = new AbortController();
  #startedAt: number | undefined;
  #endedBy: EndedBy | undefined;
  #whenEnded: (() => void)[] = [];

  constructor(state: LiveState, transport: "webrtc" | "none", ports: GptLiveSessionPorts) {
    this.transport = transport;
    this.#ports = ports;
    this.#meter = new SessionMeter(ports.now);
    this.participants = new Participants(state.client?.data_channel, ports.randomId);
    const elapsedMs = (): number => (this.#startedAt === undefined ? 0 : ports.now() - this.#startedAt);
    const copies = { every: ports.every, elapsedMs };
    this.#copies = new AudioCopies({ ...copies, emit: (text) => this.participants.toSidebands(text) });
    this.#conversation = new LiveConversation(state, {
      ...ports,
      meter: this.#meter,
      elapsedMs,
      send: (event) => this.participants.send(event),
      hangUp: () => this.end("content"),
      signal: this.#over.signal,
    });
    this.#commands = new Commands({
      lists: state.client?.data_channel ?? {},
      settings: ports.settings,
      send: (event) => this.participants.send(event),
      handle: (command) => this.#conversation.handle(command),
      close: (eventId) => void this.#after(ports.settings().drain_ms, () => this.end("close", eventId)),
    });
    void this.#after(state.expiresAt * 1000 - ports.now(), () => this.end("expired"));
  }

  get id(): string {
    return this.#conversation.state.id;
  }

  get isOpen(): boolean {
    return this.#endedBy === undefined;
  }

  /** The browser's data channel is open, which starts the session. */
  openChannel(channel: Participant): void {
    if (!this.isOpen) return;
    this.participants.openChannel(channel);
    this.start();
  }

  /** The first media: `session.started`, and from now on `session.usage.updated`. */
  start(): void {
    if (!this.isOpen || this.#startedAt !== undefined) return;
    this.#startedAt = this.#ports.now();
    this.participants.send({ type: "session.started", session: resourceOf(this.#conversation.state) });
    const { usage_interval_ms } = this.#ports.settings();
    this.whenEnded(this.#ports.every(usage_interval_ms, () => this.#tellUsage()));
    this.#copyAudio();
    this.#commands.start();
  }

  /** Adds a sideband; nothing is sent for that. Returns how to leave, after which the session goes on. */
  attach(sideband: Participant & { drop(): void }): () => void {
    const leave = this.participants.attach(sideband);
    if (this.#startedAt !== undefined) this.#copyAudio();
    else if (this.transport === "none") void this.#after(CONNECTING_MS, () => this.start());
    return () => {
      leave();
      if (this.participants.sidebands === 0) this.#copies.stop();
    };
  }

  /** One message of the data channel or of a sideband. */
  receive(message: string, from: Sender): void {
    if (!this.isOpen) return;
    this.participants.recordReceived(message, from);
    // A defect ends this session, not the emulator.
    try {
      this.#commands.receive(message, from);
    } catch (defect) {
      this.#ports.broke(defect);
      this.end("connection_lost");
    }
  }

  /** Audio of the user's microphone at 24 kHz. */
  hear(samples: Float32Array, rate: number): void {
    if (!this.isOpen || this.#startedAt === undefined) return;
    this.#copies.hear(samples);
    this.#conversation.hear(samples, rate);
  }

  /** Audio of the model at 24 kHz as it is sent; decoded only where a sideband gets a copy. */
  say(samplesOf: () => Float32Array): void {
    if (this.#copies.running) this.#copies.say(samplesOf());
  }

  /** A turn of the user without audio. */
  hearWords(words: string): void {
    this.start();
    this.#conversation.hearWords(words);
  }

  /** The browser has gone: the session goes on for a while, and is billed. */
  vanish(): void {
    const { vanish_delay_ms, vanish_reason } = this.#ports.settings();
    void this.#after(vanish_delay_ms, () => this.end(vanish_reason));
  }

  whenEnded(end: () => void): void {
    this.#whenEnded.push(end);
  }

  /** Ends it at once for all, with `session.closed`. */
  end(by: EndedBy, clientEventId?: string | null): void {
    if (!this.isOpen) return;
    this.#endedBy = by;
    this.#meter.end();
    this.#copies.stop();
    this.#over.abort();
    this.#conversation.end();
    this.participants.send({
      type: "session.closed",
      ...causedBy(clientEventId),
      reason: by === "close" || by === "hangup" ? "close_requested" : by,
      usage: { seconds: this.#meter.seconds },
      session: resourceOf(this.#conversation.state),
    });
    this.participants.end();
    for (const end of this.#whenEnded.splice(0)) end();
  }

  /** Its state and the emulator's own count, for tests. */
  report() {
    return {
      id: this.id,
      transport: this.transport,
      open: this.isOpen,
      started: this.#startedAt !== undefined,
      ended_by: this.#endedBy ?? null,
      ...this.#meter.report(),
      sidebands: this.participants.sidebands,
      muted: this.#conversation.muted,
      seconds_of_speech_heard: this.#conversation.secondsOfSpeech,
    };
  }

  /** The same with the session and its events; audio and load are not among them. */
  details() {
    const session = resourceOf(this.#conversation.state);
    return { ...this.report(), session, ...this.participants.report() };
  }

  #copyAudio(): void {
    if (this.participants.sidebands > 0 && this.#ports.settings().audio_copies) this.#copies.start();
  }

  #tellUsage(): void {
    const { seconds } = this.#meter;
    const context_window = { usage_ratio: Math.min(1, seconds / 3600) };
    this.participants.send({ type: "session.usage.updated", usage: { seconds }, context_window });
  }

  async #after(ms: number, then: () => void): Promise<void> {
    await this.#ports.wait(ms, this.#over.signal).then(then, () => undefined);
  }
}
