// One voice session: key, connection, turns and transcript. Its signal closes all of them.
import type { EphemeralKey } from "../answers.ts";
import type { VoiceBroker } from "../broker-client.ts";
import type { Notify } from "../voice/notify.ts";
import { connectTimeout, refuseLive, sendOffer } from "../voice/offer.ts";
import { openPeer, type PeerPorts } from "../voice/peer.ts";
import { problemIn, type RealtimeEvent } from "../voice/realtime-event.ts";
import type { TranscriptLine } from "../voice/reports.ts";
import { awaitReason, SessionEnded } from "../voice/supervised.ts";
import { takeTurns } from "../voice/tool-calls.ts";
import { transcriptReader } from "../voice/transcript.ts";
import { type VoiceError, voiceError } from "../voice/voice-error.ts";
import type { RealtimeOptions } from "./options.ts";

export interface SessionPorts {
  audio: HTMLMediaElement;
  microphone: MediaStream | undefined;
  broker: VoiceBroker;
  options: Pick<RealtimeOptions, "connectTimeoutMs" | "handleTool" | "reportUsage">;
  notify: Notify<RealtimeOptions>;
  onTranscript(line: TranscriptLine): void;
  /** What was said before, where the connection had been lost. */
  history: readonly TranscriptLine[];
  /** Ends the session. */
  signal: AbortSignal;
  /** Called once after the session was live, when it has come to an end that the page did not ask for. */
  onOver(problem: VoiceError): void;
}

export interface Session {
  send(event: object): void;
  respond(): void;
  interrupt(): void;
}

/** The event that adds a line to the conversation. */
export const itemOf = ({ role, text }: TranscriptLine): object => ({
  type: "conversation.item.create",
  item: {
    type: "message",
    role,
    content: [{ type: role === "user" ? "input_text" : "output_text", text }],
  },
});

/** Opens a session. Resolves when it is live; rejects with a `VoiceError`, or with the signal's reason. */
export const openSession = async (ports: SessionPorts): Promise<Session> => {
  const { broker, options, notify } = ports;
  const over = new AbortController();
  const signal = AbortSignal.any([ports.signal, over.signal]);
  const live = Promise.withResolvers<void>();
  let send: Session["send"] = () => {};
  let isLive = false;
  let hasKey = false;
  let followed = (): void => {};
  let supervision: EphemeralKey["supervision"];
  let reportUsage: ((event: RealtimeEvent) => void) | undefined;

  const end = (problem: VoiceError): void => {
    if (signal.aborted) return;
    over.abort(problem);
    if (isLive) ports.onOver(problem);
  };
  signal.addEventListener("abort", () => live.reject(signal.reason));

  const transcribe = transcriptReader(ports.onTranscript);
  const turns = takeTurns({
    handle: (call, run) =>
      options.handleTool
        ? options.handleTool(call, run)
        : broker.callTool(call, { ...run, grant: supervision?.grant }),
    isServers: (name) => supervision?.server_tools.includes(name) ?? false,
    report: (call) => notify("onToolCall", call),
    send: (event) => send(event),
    signal,
  });
  const onEvent = (event: RealtimeEvent): void => {
    if (event.type === "session.created") {
      isLive = true;
      live.resolve();
      followed();
    }
    notify("onEvent", event);
    transcribe(event);
    reportUsage?.(event);
    turns.onEvent(event);
    const problem = problemIn(event);
    if (problem?.soft) notify("onError", problem);
    else if (problem) end(problem);
  };

  const connect = async (): Promise<void> => {
    const key = await broker.fetchEphemeralKey({ signal });
    // The page's own way to a key may not heed the signal.
    signal.throwIfAborted();
    hasKey = true;
    notify("onKey", key);
    refuseLive(key);
    supervision = key.supervision;
    followed = () => broker.followSession?.(key, { signal, onEnd: (ended) => end(new SessionEnded(ended)) });
    if (options.reportUsage ?? key.usage_reports) reportUsage = broker.usageReporter?.(key, { signal });
    const headers = { authorization: `Bearer ${key.value}`, "content-type": "application/sdp" };
    const exchange: PeerPorts["exchange"] = async (body) =>
      (await sendOffer(key.connect.webrtc, { method: "POST", headers, body, signal })).text();
    const isFollowed = () => broker.followSession !== undefined && supervision !== undefined;
    send = await openPeer({ ...ports, exchange, signal, onEvent, onOver: awaitReason(isFollowed, end) });
    await live.promise;
  };
  const timeoutMs = options.connectTimeoutMs ?? 20_000;
  const timer = setTimeout(() => end(connectTimeout(timeoutMs, hasKey)), timeoutMs);
  try {
    // The second promise ends the wait for a step that does not heed the signal.
    await Promise.race([connect(), live.promise.then(() => new Promise(() => {}))]);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    over.abort();
    throw voiceError(cause);
  } finally {
    clearTimeout(timer);
  }
  for (const line of ports.history) send(itemOf(line));
  return { send: (event) => send(event), respond: turns.respond, interrupt: turns.interrupt };
};
