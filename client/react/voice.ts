// The voice of one React component: a session that can be started again, and its state as one immutable snapshot.
import { type BrokerClientOptions, brokerClient } from "../index.ts";
import {
  connectRealtime,
  type RealtimeConnection,
  type RealtimeOptions,
  type RealtimeState,
  type TranscriptLine,
  type VoiceError,
} from "../realtime/index.ts";

export interface VoiceState {
  status: "idle" | RealtimeState;
  /** The conversation, in the order in which it was begun. A new start empties it. */
  transcript: readonly TranscriptLine[];
  /** The last problem; `error.userMessage` is for the page's user. After a soft one the session goes on. */
  error: VoiceError | undefined;
  muted: boolean;
}

export interface VoiceOptions
  extends BrokerClientOptions,
    Omit<RealtimeOptions, "signal" | "onState" | "onTranscript" | "onError"> {}

// A page that stays open for days shows so many lines.
const SHOWN_LINES = 500;

const idle: VoiceState = { status: "idle", transcript: [], error: undefined, muted: false };

/** `options` is asked for the current options at each start. */
export const createVoice = (options: () => VoiceOptions) => {
  const listeners = new Set<() => void>();
  let state = idle;
  let run: AbortController | undefined;
  let connection: RealtimeConnection | undefined;

  const change = (part: Partial<VoiceState>): void => {
    state = { ...state, ...part };
    for (const listener of listeners) listener();
  };
  const show = (line: TranscriptLine): void => {
    const { transcript } = state;
    const isShown = transcript.some(({ id }) => id === line.id);
    const grown = isShown
      ? transcript.map((each) => (each.id === line.id ? line : each))
      : [...transcript, line];
    change({ transcript: grown.slice(-SHOWN_LINES) });
  };

  return {
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    state: (): VoiceState => state,
    /** Opens a session, unless one is open. Resolves when it is live, or has ended; problems are in the state. */
    async start(): Promise<void> {
      if (run) return;
      const own = new AbortController();
      run = own;
      // What an older session still reports is not the state of this one.
      const ifCurrent =
        <Value>(report: (value: Value) => void) =>
        (value: Value): void => {
          if (run === own) report(value);
        };
      const given = options();
      change({ ...idle, status: "connecting" });
      try {
        const opened = await connectRealtime(document.createElement("audio"), brokerClient(given), {
          ...given,
          signal: own.signal,
          onTranscript: ifCurrent(show),
          onError: ifCurrent((error) => change({ error })),
          onState: ifCurrent((status) => {
            if (status === "failed") run = connection = undefined;
            change({ status });
          }),
        });
        if (run === own) connection = opened;
      } catch (cause) {
        const isFollowed = run !== undefined && run !== own;
        if (own.signal.aborted || isFollowed) return;
        run = undefined;
        change({ status: "failed", error: cause as VoiceError });
      }
    },
    /** Ends the session, and releases the microphone. */
    stop(): void {
      const ended = run;
      run = connection = undefined;
      if (!ended) return;
      ended.abort();
      change({ status: "stopped", muted: false });
    },
    mute(muted = true): void {
      connection?.mute(muted);
      change({ muted: connection?.muted ?? false });
    },
    interrupt: (): void => connection?.interrupt(),
    send: (text: string): void => connection?.send(text),
  };
};
