// One voice session: microphone, key, connection. Its signal closes all of them.
import type { EphemeralKey } from "../answers.ts";
import type { VoiceBroker } from "../broker-client.ts";
import { openMicrophone } from "../voice/microphone.ts";
import type { Notify } from "../voice/notify.ts";
import { connectTimeout, refuseLive } from "../voice/offer.ts";
import { problemIn, type RealtimeEvent } from "../voice/realtime-event.ts";
import { awaitReason, SessionEnded } from "../voice/supervised.ts";
import { takeTurns } from "../voice/tool-calls.ts";
import { transcriptReader } from "../voice/transcript.ts";
import { VoiceError, voiceError } from "../voice/voice-error.ts";
import { followVoice } from "./appearance.ts";
import type { RealtimeService } from "./element.ts";
import { lendMicrophone } from "./microphone.ts";
import type { DeepChatOptions } from "./options.ts";
import { takePeer } from "./peer.ts";

export interface SessionPorts {
  broker: VoiceBroker;
  options: Pick<DeepChatOptions, "audio" | "connectTimeoutMs" | "handleTool" | "reportUsage">;
  notify: Notify<DeepChatOptions>;
  onLive(): void;
  /** Called once. Without a problem the session was stopped. */
  onOver(problem?: VoiceError): void;
}

export interface Session {
  signal: AbortSignal;
  /** Resolves when the session is live, or over. */
  settled: Promise<void>;
  /** The key for Deep Chat. It stays pending once the session is over, so that Deep Chat starts nothing late. */
  key: Promise<string>;
  /** Runs Deep Chat's own start with this session's key and microphone, to the key's own address. */
  connect(service: RealtimeService, init: () => Promise<void>): void;
  end(problem?: VoiceError): void;
}

/** Opens a session: asks for the microphone, then for a key. */
export const openSession = (ports: SessionPorts): Session => {
  const { broker, options } = ports;
  const over = new AbortController();
  const { signal } = over;
  const settled = Promise.withResolvers<void>();
  let opened: { microphone: MediaStream; key: EphemeralKey } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let channel: RTCDataChannel | undefined;
  let reportUsage: ((event: RealtimeEvent) => void) | undefined;

  const end = (problem?: VoiceError): void => {
    if (signal.aborted) return;
    clearTimeout(timer);
    over.abort();
    settled.resolve();
    ports.onOver(problem);
  };
  const fail = (cause: unknown): void => end(voiceError(cause));

  const waitForLive = (): void => {
    const timeoutMs = options.connectTimeoutMs ?? 20_000;
    timer = setTimeout(() => fail(connectTimeout(timeoutMs, opened !== undefined)), timeoutMs);
  };

  const prepare = async (): Promise<string> => {
    // First, so that no key expires while the browser's permission prompt is open.
    const microphone = await openMicrophone(options.audio ?? true, signal);
    signal.throwIfAborted();
    waitForLive();
    const key = await broker.fetchEphemeralKey({ signal });
    signal.throwIfAborted();
    opened = { microphone, key };
    ports.notify("onKey", key);
    refuseLive(key);
    if (options.reportUsage ?? key.usage_reports) reportUsage = broker.usageReporter?.(key, { signal });
    return key.value;
  };

  const transcribe = transcriptReader((line) => ports.notify("onTranscript", line));
  const turns = takeTurns({
    handle: (call, run) =>
      options.handleTool
        ? options.handleTool(call, run)
        : broker.callTool(call, { ...run, grant: opened?.key.supervision?.grant }),
    isServers: (name) => opened?.key.supervision?.server_tools.includes(name) ?? false,
    report: (call) => ports.notify("onToolCall", call),
    send: (event) => {
      if (channel?.readyState === "open") channel.send(JSON.stringify(event));
    },
    signal,
  });

  const onEvent = (event: RealtimeEvent): boolean => {
    if (event.type === "session.created") {
      clearTimeout(timer);
      settled.resolve();
      ports.onLive();
      if (opened) broker.followSession?.(opened.key, { signal, onEnd: (how) => end(new SessionEnded(how)) });
    }
    ports.notify("onEvent", event);
    transcribe(event);
    reportUsage?.(event);
    const asksForTools = turns.onEvent(event);
    const problem = problemIn(event);
    if (problem?.soft) ports.notify("onError", problem);
    else if (problem) end(problem);
    return asksForTools || event.type === "error";
  };

  return {
    signal,
    settled: settled.promise,
    key: new Promise((resolve) => {
      prepare().then((key) => signal.aborted || resolve(key), fail);
    }),
    connect(service, init) {
      if (!opened || signal.aborted) return;
      service.monitorFrequencies = followVoice(service, signal);
      const started = lendMicrophone(opened.microphone, init);
      started.catch(fail);
      if (!service._pc)
        return fail(new VoiceError("deep-chat-unknown", "This version of Deep Chat is not known."));
      const { key } = opened;
      const isFollowed = () => broker.followSession !== undefined && key.supervision !== undefined;
      const failLater = awaitReason(isFollowed, end);
      const failPeer = (cause: unknown) => failLater(voiceError(cause));
      const peerPorts = { key: key.value, url: key.connect.webrtc, signal, fail: failPeer, onEvent };
      takePeer(service._pc, peerPorts, (to) => {
        channel = to;
      });
    },
    end,
  };
};
