// All sessions of this emulator: opens them, finds them, ends them.
import type { ConversationPorts } from "../conversation/conversation.ts";
import { OpenAiError } from "../http/openai-error.ts";
import { findModel } from "../session/models.ts";
import { openSession, type Session } from "../session/session.ts";
import type { SessionRequest } from "../session/session-schema.ts";
import { openDecoder } from "../speech/opus.wasm.ts";
import { LiveSession } from "./live-session.ts";
import { openMicrophone } from "./microphone.ts";
import { answerOffer, type Peer } from "./peer.werift.ts";
import { piecewiseLoudspeaker } from "./piecewise-loudspeaker.ts";
import { RtpLoudspeaker, type RtpPorts } from "./rtp-loudspeaker.ts";

export interface SwitchboardPorts extends Omit<ConversationPorts, "send" | "hangUp" | "loudspeaker"> {
  now(): number;
  every: RtpPorts["every"];
}

const LONGEST_SESSION_SECONDS = 3600;
// Ended sessions are kept for tests, up to this number.
const KEPT_SESSIONS = 200;

export class Switchboard {
  readonly #ports: SwitchboardPorts;
  #sessions: LiveSession[] = [];
  readonly #closing = new Set<Promise<void>>();

  constructor(ports: SwitchboardPorts) {
    this.#ports = ports;
  }

  /** Starts a WebRTC call; rejects with OpenAI's 400 where the offer is invalid. */
  async startCall(request: SessionRequest, offer: string): Promise<{ id: string; answer: string }> {
    const { now, every, randomId } = this.#ports;
    const session = this.#begin(request);
    let peer: Peer | undefined;
    const sendPacket = (payload: Uint8Array, first: boolean) => peer?.sendOpus(payload, first);
    const live: LiveSession = new LiveSession({
      id: randomId("rtc_u1"),
      transport: "webrtc",
      session,
      ports: this.#ports,
      loudspeaker: (send) => new RtpLoudspeaker({ send, sendPacket, now, every }),
    });
    const hear = (samples: Float32Array, rate: number) => live.hear(samples, rate);
    const microphone = openMicrophone(await openDecoder(), { hear, now, every });
    live.whenEnded(() => microphone.close());
    peer = await answerOffer(offer, {
      open: () => live.join({ send: (text) => peer?.sendMessage(text), end: () => undefined }),
      message: (text) => live.receive(text),
      opus: (packet) => microphone.take(packet),
      gone: () => live.end(),
    }).catch((cause: unknown) => {
      live.end();
      throw new OpenAiError(400, "invalid_offer", `Failed to parse SDP offer: ${text(cause)}.`, "sdp");
    });
    const answered = peer;
    live.whenEnded(() => this.#release(answered));
    this.#keep(live);
    return { id: live.id, answer: answered.answer };
  }

  /** Starts a session whose client sends and plays the audio itself. */
  async startSocket(request: SessionRequest): Promise<LiveSession> {
    const session = this.#begin(request);
    const decoder = await openDecoder();
    const live = new LiveSession({
      id: session.id,
      transport: "websocket",
      session,
      ports: this.#ports,
      loudspeaker: () => piecewiseLoudspeaker((packet) => decoder.decode(packet)),
    });
    live.whenEnded(() => decoder.free());
    this.#keep(live);
    return live;
  }

  /** The active call of that id. Throws OpenAI's 404. */
  findCall(id: string): LiveSession {
    const call = this.#sessions.find((live) => live.id === id && live.transport === "webrtc" && live.isOpen);
    if (!call) {
      throw new OpenAiError(
        404,
        "call_id_not_found",
        "No session found for the provided call_id.",
        "call_id",
      );
    }
    return call;
  }

  reports() {
    return this.#sessions.map((live) => live.report());
  }

  /** Ends every session; resolves when all are closed. */
  async close(): Promise<void> {
    for (const live of this.#sessions) live.end();
    await Promise.allSettled(this.#closing);
  }

  #begin(request: SessionRequest): Session {
    const session = openSession(request, this.#ports.randomId("sess"));
    if (session.type === "realtime") findModel(session.model);
    return { ...session, expires_at: Math.floor(this.#ports.now() / 1000) + LONGEST_SESSION_SECONDS };
  }

  #keep(live: LiveSession): void {
    const ended = this.#sessions.filter(({ isOpen }) => !isOpen).slice(0, -KEPT_SESSIONS);
    this.#sessions = [...this.#sessions.filter((session) => !ended.includes(session)), live];
  }

  #release(peer: Peer): void {
    const closing = peer.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

const text = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
