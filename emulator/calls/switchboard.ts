// All sessions of this emulator: opens them, finds them, ends them.
import { addUsage, noUsage, type SessionUsage } from "../billing/session-usage.ts";
import { OpenAiError } from "../http/openai-error.ts";
import { type CallOwner, isSameOwner } from "../keys/call-owner.ts";
import { Script, type Turn } from "../script/script.ts";
import { findModel } from "../session/models.ts";
import { openSession, type Session } from "../session/session.ts";
import type { SessionRequest } from "../session/session-schema.ts";
import { openDecoder } from "../speech/opus.wasm.ts";
import { ActiveSession, type ActiveSessionOptions, type ActiveSessionPorts } from "./active-session.ts";
import type { CallSettings } from "./call-settings.ts";
import { openMicrophone } from "./microphone.ts";
import { answerOffer, type Peer } from "./peer.werift.ts";
import { piecewiseLoudspeaker } from "./piecewise-loudspeaker.ts";
import { RtpLoudspeaker, type RtpPorts } from "./rtp-loudspeaker.ts";
import { unheardLoudspeaker } from "./unheard-loudspeaker.ts";

export interface SwitchboardPorts extends ActiveSessionPorts {
  settings: CallSettings;
  every: RtpPorts["every"];
}

// Ended sessions are kept for tests, up to this number; their counts much longer.
const KEPT_SESSIONS = 200;
const KEPT_COUNTS = 20_000;

export class Switchboard {
  readonly #ports: SwitchboardPorts;
  #sessions: ActiveSession[] = [];
  #endedCounts: ReturnType<ActiveSession["count"]>[] = [];
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
    const active = this.#open(request, {
      id,
      transport: "webrtc",
      owner,
      loudspeaker: (send) => new RtpLoudspeaker({ send, sendPacket, now, every }),
    });
    const hear = (samples: Float32Array, rate: number) => active.hear(samples, rate);
    const microphone = openMicrophone(await openDecoder(), { hear, now, every });
    active.whenEnded(() => microphone.close());
    peer = await answerOffer(offer, {
      open: () => active.join({ send: (text) => peer?.sendMessage(text), close: noop, drop: noop }),
      message: (text) => active.receive(text),
      opus: (packet) => microphone.take(packet),
      gone: () => active.end("caller"),
    }).catch((cause: unknown) => {
      active.end("caller");
      throw new OpenAiError(400, "invalid_offer", `Failed to parse SDP offer: ${text(cause)}.`, "sdp");
    });
    const answered = peer;
    active.whenEnded(() => this.#release(answered));
    this.#keep(active);
    return { id, answer: answered.answer };
  }

  /** Starts a call that no browser stands behind: for sidebands alone. */
  startPeerlessCall(request: SessionRequest, owner: CallOwner, turns?: readonly Turn[]): ActiveSession {
    const id = this.#ports.randomId("rtc_u1");
    const script = turns ? new Script(turns) : this.#ports.script;
    const active = this.#open(request, {
      id,
      transport: "none",
      owner,
      loudspeaker: unheardLoudspeaker,
      script,
    });
    this.#keep(active);
    return active;
  }

  /** Starts a session whose client sends and plays the audio itself. */
  async startSocket(request: SessionRequest): Promise<ActiveSession> {
    const decoder = await openDecoder();
    const active = this.#open(request, {
      id: undefined,
      transport: "websocket",
      owner: undefined,
      loudspeaker: () => piecewiseLoudspeaker((packet) => decoder.decode(packet)),
    });
    active.whenEnded(() => decoder.free());
    this.#keep(active);
    return active;
  }

  /** The active call of that id, where it is this owner's. Throws OpenAI's 404. */
  findCall(id: string, owner: CallOwner): ActiveSession {
    const call = this.#sessions.find((active) => active.id === id && active.isOpen && active.owner);
    if (!call?.owner || !isSameOwner(call.owner, owner)) throw notFound();
    return call;
  }

  /** For a test: the session of that id, ended or not, or all that are open. Throws a 404. */
  select(id: string): ActiveSession[] {
    const chosen = this.#sessions.filter((active) => (id === "all" ? active.isOpen : active.id === id));
    if (chosen.length === 0 && id !== "all") throw notFound();
    return chosen;
  }

  reports() {
    return this.#sessions.map((active) => active.report());
  }

  /** What each session used, also those that ended long ago, and all of them. */
  usage() {
    const calls = [...this.#endedCounts, ...this.#sessions.map((active) => active.count())];
    return { calls, total: calls.reduce((sum, { usage }) => addUsage(sum, usage), this.#forgottenUsage) };
  }

  /** Ends every session; resolves when all are closed. */
  async close(): Promise<void> {
    for (const active of this.#sessions) active.closeAll();
    await Promise.allSettled(this.#closing);
  }

  #open(
    request: SessionRequest,
    options: Pick<ActiveSessionOptions, "loudspeaker" | "owner" | "transport"> & {
      id: string | undefined;
      script?: Script;
    },
  ): ActiveSession {
    const { settings } = this.#ports;
    const session = this.#begin(request);
    const active = new ActiveSession({
      ...options,
      id: options.id ?? session.id,
      session,
      ports: { ...this.#ports, script: options.script ?? this.#ports.script },
      closesSidebandsWithCaller: () => settings.current.close_sidebands_when_caller_leaves,
    });
    const over = new AbortController();
    active.whenEnded(() => over.abort());
    this.#ports.wait(settings.current.session_seconds * 1000, over.signal).then(
      () => active.expire(),
      () => undefined,
    );
    return active;
  }

  #begin(request: SessionRequest): Session {
    const { now, randomId, settings } = this.#ports;
    const session = openSession(request, randomId("sess"));
    if (session.type === "realtime") findModel(session.model);
    return { ...session, expires_at: Math.floor(now() / 1000 + settings.current.session_seconds) };
  }

  #keep(active: ActiveSession): void {
    const ended = new Set(this.#sessions.filter(({ isOpen }) => !isOpen).slice(0, -KEPT_SESSIONS));
    this.#sessions = [...this.#sessions.filter((session) => !ended.has(session)), active];
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
