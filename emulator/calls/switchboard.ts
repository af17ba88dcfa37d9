// All sessions of this emulator: opens them, finds them, ends them.
import { addUsage, noUsage, type SessionUsage } from "../billing/session-usage.ts";
import { OpenAiError } from "../http/openai-error.ts";
import { type CallOwner, isSameOwner } from "../keys/call-owner.ts";
import { Script, type Turn } from "../script/script.ts";
import { findModel } from "../session/models.ts";
import { openSession, type Session } from "../session/session.ts";
import type { SessionRequest } from "../session/session-schema.ts";
import { openDecoder } from "../speech/opus.wasm.ts";
import type { CallSettings } from "./call-settings.ts";
import { LiveSession, type LiveSessionOptions, type LiveSessionPorts } from "./live-session.ts";
import { openMicrophone } from "./microphone.ts";
import { answerOffer, type Peer } from "./peer.werift.ts";
import { piecewiseLoudspeaker } from "./piecewise-loudspeaker.ts";
import { RtpLoudspeaker, type RtpPorts } from "./rtp-loudspeaker.ts";
import { unheardLoudspeaker } from "./unheard-loudspeaker.ts";

export interface SwitchboardPorts extends LiveSessionPorts {
  settings: CallSettings;
  every: RtpPorts["every"];
}

// Ended sessions are kept for tests, up to this number; their counts much longer.
const KEPT_SESSIONS = 200;
const KEPT_COUNTS = 20_000;

export class Switchboard {
  readonly #ports: SwitchboardPorts;
  #sessions: LiveSession[] = [];
  #endedCounts: ReturnType<LiveSession["count"]>[] = [];
  #forgottenUsage: SessionUsage = noUsage();
  readonly #closing = new Set<Promise<void>>();

  constructor(ports: SwitchboardPorts) {
    this.#ports = ports;
  }

  /** Starts a WebRTC call; rejects with OpenAI's 400 where the offer is invalid. */
  async startCall(
    request: SessionRequest,
    offer: string,
    owner: CallOwner,
  ): Promise<{ id: string; answer: string }> {
    const { now, every, randomId } = this.#ports;
    const id = randomId("rtc_u1");
    let peer: Peer | undefined;
    const sendPacket = (payload: Uint8Array, first: boolean) => peer?.sendOpus(payload, first);
    const live = this.#open(request, {
      id,
      transport: "webrtc",
      owner,
      loudspeaker: (send) => new RtpLoudspeaker({ send, sendPacket, now, every }),
    });
    const hear = (samples: Float32Array, rate: number) => live.hear(samples, rate);
    const microphone = openMicrophone(await openDecoder(), { hear, now, every });
    live.whenEnded(() => microphone.close());
    peer = await answerOffer(offer, {
      open: () => live.join({ send: (text) => peer?.sendMessage(text), close: noop, drop: noop }),
      message: (text) => live.receive(text),
      opus: (packet) => microphone.take(packet),
      gone: () => live.end("caller"),
    }).catch((cause: unknown) => {
      live.end("caller");
      throw new OpenAiError(400, "invalid_offer", `Failed to parse SDP offer: ${text(cause)}.`, "sdp");
    });
    const answered = peer;
    live.whenEnded(() => this.#release(answered));
    this.#keep(live);
    return { id, answer: answered.answer };
  }

  /** Starts a call that no browser stands behind: for sidebands alone. */
  startPeerlessCall(request: SessionRequest, owner: CallOwner, turns?: readonly Turn[]): LiveSession {
    const id = this.#ports.randomId("rtc_u1");
    const script = turns ? new Script(turns) : this.#ports.script;
    const live = this.#open(request, {
      id,
      transport: "none",
      owner,
      loudspeaker: unheardLoudspeaker,
      script,
    });
    this.#keep(live);
    return live;
  }

  /** Starts a session whose client sends and plays the audio itself. */
  async startSocket(request: SessionRequest): Promise<LiveSession> {
    const decoder = await openDecoder();
    const live = this.#open(request, {
      id: undefined,
      transport: "websocket",
      owner: undefined,
      loudspeaker: () => piecewiseLoudspeaker((packet) => decoder.decode(packet)),
    });
    live.whenEnded(() => decoder.free());
    this.#keep(live);
    return live;
  }

  /** The active call of that id, where it is this owner's. Throws OpenAI's 404. */
  findCall(id: string, owner: CallOwner): LiveSession {
    const call = this.#sessions.find((live) => live.id === id && live.isOpen && live.owner);
    if (!call?.owner || !isSameOwner(call.owner, owner)) throw notFound();
    return call;
  }

  /** For a test: the session of that id, ended or not, or all that are open. Throws a 404. */
  select(id: string): LiveSession[] {
    const chosen = this.#sessions.filter((live) => (id === "all" ? live.isOpen : live.id === id));
    if (chosen.length === 0 && id !== "all") throw notFound();
    return chosen;
  }

  reports() {
    return this.#sessions.map((live) => live.report());
  }

  /** What each session used, also those that ended long ago, and all of them. */
  usage() {
    const calls = [...this.#endedCounts, ...this.#sessions.map((live) => live.count())];
    return { calls, total: calls.reduce((sum, { usage }) => addUsage(sum, usage), this.#forgottenUsage) };
  }

  /** Ends every session; resolves when all are closed. */
  async close(): Promise<void> {
    for (const live of this.#sessions) live.closeAll();
    await Promise.allSettled(this.#closing);
  }

  #open(
    request: SessionRequest,
    options: Pick<LiveSessionOptions, "loudspeaker" | "owner" | "transport"> & {
      id: string | undefined;
      script?: Script;
    },
  ): LiveSession {
    const { settings } = this.#ports;
    const session = this.#begin(request);
    const live = new LiveSession({
      ...options,
      id: options.id ?? session.id,
      session,
      ports: { ...this.#ports, script: options.script ?? this.#ports.script },
      closesSidebandsWithCaller: () => settings.current.close_sidebands_when_caller_leaves,
    });
    const over = new AbortController();
    live.whenEnded(() => over.abort());
    this.#ports.wait(settings.current.session_seconds * 1000, over.signal).then(
      () => live.expire(),
      () => undefined,
    );
    return live;
  }

  #begin(request: SessionRequest): Session {
    const { now, randomId, settings } = this.#ports;
    const session = openSession(request, randomId("sess"));
    if (session.type === "realtime") findModel(session.model);
    return { ...session, expires_at: Math.floor(now() / 1000 + settings.current.session_seconds) };
  }

  #keep(live: LiveSession): void {
    const ended = new Set(this.#sessions.filter(({ isOpen }) => !isOpen).slice(0, -KEPT_SESSIONS));
    this.#sessions = [...this.#sessions.filter((session) => !ended.has(session)), live];
    for (const session of ended) this.#endedCounts.push(session.count());
    for (const { usage } of this.#endedCounts.splice(0, Math.max(0, this.#endedCounts.length - KEPT_COUNTS)))
      this.#forgottenUsage = addUsage(this.#forgottenUsage, usage);
  }

  #release(peer: Peer): void {
    const closing = peer.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

const noop = (): void => undefined;

const notFound = (): OpenAiError =>
  new OpenAiError(404, "call_id_not_found", "No session found for the provided call_id.", "call_id");

const text = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
