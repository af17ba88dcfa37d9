// All GPT-Live sessions of this emulator: creates them, with a browser or without, finds them for their owners, ends them.
import { openMicrophone } from "../calls/microphone.ts";
import { answerOffer, type Peer } from "../calls/peer.werift.ts";
import { RtpLoudspeaker } from "../calls/rtp-loudspeaker.ts";
import type { Loudspeaker } from "../conversation/loudspeaker.ts";
import { OpenAiError } from "../http/openai-error.ts";
import { type CallOwner, isSameOwner } from "../keys/call-owner.ts";
import { Script, type Turn } from "../script/script.ts";
import { openDecoder } from "../speech/opus.wasm.ts";
import { GptLiveSession, type GptLiveSessionPorts } from "./gpt-live-session.ts";
import { checkModel, type LiveState } from "./session-resource.ts";
import type { LiveSessionRequest } from "./session-schema.ts";
import { silentLoudspeaker } from "./voice.ts";
import { isWithoutMedia, withoutMediaAnswer } from "./without-media.ts";

// Ended sessions are kept with their counts, up to this number.
const KEPT_SESSIONS = 5000;
// What was sent last reaches the browser before its connection ends.
const GOODBYE_MS = 500;

interface Kept {
  session: GptLiveSession;
  owner: CallOwner;
}

export class GptLiveSessions {
  readonly #ports: Omit<GptLiveSessionPorts, "loudspeaker">;
  readonly #kept = new Map<string, Kept>();
  readonly #closing = new Set<Promise<void>>();

  constructor(ports: Omit<GptLiveSessionPorts, "loudspeaker">) {
    this.#ports = ports;
  }

  /** Creates a session for an offer; rejects with OpenAI's error where the model or the offer is invalid. */
  async create(
    request: LiveSessionRequest,
    offer: string,
    owner: CallOwner,
  ): Promise<{ id: string; answer: string }> {
    if (isWithoutMedia(offer)) {
      return { id: this.createWithoutPeer(request, owner), answer: withoutMediaAnswer };
    }
    checkModel(request.model);
    const { now, every } = this.#ports;
    const [ears, monitor] = await Promise.all([openDecoder(), openDecoder()]);
    const line: { session?: GptLiveSession; peer?: Peer } = {};
    const microphone = openMicrophone(ears, {
      hear: (samples, rate) => line.session?.hear(samples, rate),
      now,
      every,
    });
    const peer = await answerOffer(offer, {
      open: () =>
        line.session?.openChannel({ send: (text) => line.peer?.sendMessage(text), end: () => undefined }),
      message: (text) => line.session?.receive(text, "data_channel"),
      opus: (packet) => microphone.take(packet),
      gone: () => line.session?.vanish(),
    }).catch((cause: unknown) => {
      microphone.close();
      monitor.free();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new OpenAiError(400, "invalid_offer", `Failed to parse SDP offer: ${reason}.`, "transport.sdp");
    });
    line.peer = peer;
    const loudspeaker = new RtpLoudspeaker({
      send: () => undefined,
      sendPacket: (payload, first) => {
        peer.sendOpus(payload, first);
        line.session?.say(() => monitor.decode(payload));
      },
      now,
      every,
    });
    line.session = this.#open(request, owner, "webrtc", loudspeaker);
    line.session.whenEnded(() => {
      microphone.close();
      monitor.free();
      this.#release(peer);
    });
    return { id: line.session.id, answer: peer.answer };
  }

  /** A session whose browser exists by its word only; answers its id. */
  createWithoutPeer(request: LiveSessionRequest, owner: CallOwner, turns?: readonly Turn[]): string {
    checkModel(request.model);
    const script = turns && new Script(turns);
    return this.#open(request, owner, "none", silentLoudspeaker, script).id;
  }

  /** The active session of that id and owner. Throws OpenAI's 404. */
  find(id: string, owner: CallOwner): GptLiveSession {
    const kept = this.#kept.get(id);
    if (kept?.session.isOpen && isSameOwner(kept.owner, owner)) return kept.session;
    throw notFound(id);
  }

  /** Any session, ended or not, for tests. Throws a 404. */
  get(id: string): GptLiveSession {
    const kept = this.#kept.get(id);
    if (!kept) throw notFound(id);
    return kept.session;
  }

  /** The session of that id, or all that are open where it is `all`; for tests. Throws a 404. */
  select(id: string): GptLiveSession[] {
    return id === "all" ? this.all.filter(({ isOpen }) => isOpen) : [this.get(id)];
  }

  get all(): GptLiveSession[] {
    return [...this.#kept.values()].map(({ session }) => session);
  }

  /** Ends every session; resolves when all connections are closed. */
  async close(): Promise<void> {
    for (const session of this.all) session.end("connection_lost");
    await Promise.allSettled(this.#closing);
  }

  #open(
    request: LiveSessionRequest,
    owner: CallOwner,
    transport: "webrtc" | "none",
    loudspeaker: Loudspeaker,
    script = this.#ports.script,
  ): GptLiveSession {
    const { now, randomId, settings } = this.#ports;
    const expiresAt = now() / 1000 + settings().session_seconds;
    const state: LiveState = { ...request, id: randomId("live"), expiresAt };
    const session = new GptLiveSession(state, transport, { ...this.#ports, loudspeaker, script });
    this.#kept.set(session.id, { session, owner });
    const ended = this.all.filter(({ isOpen }) => !isOpen);
    for (const { id } of ended.slice(0, Math.max(0, ended.length - KEPT_SESSIONS))) this.#kept.delete(id);
    return session;
  }

  #release(peer: Peer): void {
    const closing = this.#ports
      .wait(GOODBYE_MS, new AbortController().signal)
      .then(() => peer.close())
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

const notFound = (id: string): OpenAiError =>
  new OpenAiError(
    404,
    "session_not_found",
    `No active session found with id '${id.slice(0, 200)}'.`,
    "session_id",
  );
