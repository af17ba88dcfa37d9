// One voice session: microphone, key, connection. Its signal closes all of them.
import type { EphemeralKey } from "../answers.ts";
import type { BrokerClient } from "../broker-client.ts";
import { followVoice } from "./appearance.ts";
import type { RealtimeService } from "./element.ts";
import { lendMicrophone, openMicrophone } from "./microphone.ts";
import type { BridgeProblem, DeepChatOptions, Notify } from "./options.ts";
import { takePeer } from "./peer.ts";
import { problemIn, type RealtimeEvent } from "./realtime-event.ts";
import { toolRunner } from "./tool-calls.ts";
import { transcriptReader } from "./transcript.ts";
import { words } from "./words.ts";

export interface SessionPorts {
  broker: Pick<BrokerClient, "fetchEphemeralKey" | "callTool">;
  options: Pick<DeepChatOptions, "audio" | "connectTimeoutMs" | "handleTool">;
  notify: Notify;
  onLive(): void;
  /** Called once. Without a problem the session was stopped. */
  onOver(problem?: BridgeProblem): void;
}

export interface Session {
  signal: AbortSignal;
  /** Resolves when the session is live, or over. */
  settled: Promise<void>;
  /** The key for Deep Chat. It stays pending once the session is over, so that Deep Chat starts nothing late. */
  key: Promise<string>;
  /** Runs Deep Chat's own start with this session's key and microphone, to the key's own address. */
  connect(service: RealtimeService, init: () => Promise<void>): void;
  end(problem?: BridgeProblem): void;
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

  const end = (problem?: BridgeProblem): void => {
    if (signal.aborted) return;
    clearTimeout(timer);
    over.abort();
    settled.resolve();
    ports.onOver(problem);
  };
  const fail = (message: string, cause?: unknown): void => end({ message, soft: false, cause });

  const waitForLive = (): void => {
    const timeoutMs = options.connectTimeoutMs ?? 20_000;
    const stuck = () => {
      const why = opened ? "the network may block WebRTC" : "the broker did not answer";
      fail(`No connection within ${timeoutMs / 1000} s: ${why}.`);
    };
    timer = setTimeout(stuck, timeoutMs);
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
    return key.value;
  };

  const transcribe = transcriptReader((line) => ports.notify("onTranscript", line));
  const runTools = toolRunner({
    handle: (call, run) => (options.handleTool ? options.handleTool(call, run) : broker.callTool(call, run)),
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
    }
    transcribe(event);
    const asksForTools = runTools(event);
    const problem = problemIn(event);
    if (problem?.soft) ports.notify("onError", problem);
    else if (problem) end(problem);
    return asksForTools || event.type === "error";
  };

  return {
    signal,
    settled: settled.promise,
    key: new Promise((resolve) => {
      prepare().then(
        (key) => signal.aborted || resolve(key),
        (cause) => fail(words(cause), cause),
      );
    }),
    connect(service, init) {
      if (!opened || signal.aborted) return;
      service.monitorFrequencies = followVoice(service, signal);
      const started = lendMicrophone(opened.microphone, init);
      started.catch((cause) => fail(words(cause), cause));
      if (!service._pc) return fail("This version of Deep Chat is not known.");
      const { key } = opened;
      const peerPorts = { key: key.value, url: key.connect.webrtc, signal, fail, onEvent };
      takePeer(service._pc, peerPorts, (to) => {
        channel = to;
      });
    },
    end,
  };
};
