// Voice in a page without any framework: microphone, key, WebRTC, tools, transcript, and a lost connection made anew.
import type { VoiceBroker } from "../broker-client.ts";
import { openMicrophone } from "../voice/microphone.ts";
import { notifier } from "../voice/notify.ts";
import type { TranscriptLine } from "../voice/reports.ts";
import { SessionEnded } from "../voice/supervised.ts";
import { VoiceError, voiceError } from "../voice/voice-error.ts";
import { backoffMs } from "./backoff.ts";
import type { RealtimeConnection, RealtimeOptions, RealtimeState } from "./options.ts";
import { itemOf, openSession, type Session } from "./session.ts";

// How much of the conversation a new connection is told.
const KEPT_LINES = 20;
// A connection that lasted so long was a good one: the next loss is counted from 0.
const GOOD_MS = 30_000;

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });

/**
 * Opens the microphone and a voice session, whose sound `audio` plays. Resolves when the session is live; rejects with a
 * `VoiceError`, or with the reason of `options.signal`, and then has released the microphone.
 */
export const connectRealtime = async (
  audio: HTMLMediaElement,
  broker: VoiceBroker,
  options: RealtimeOptions = {},
): Promise<RealtimeConnection> => {
  const closing = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal;
  signal.throwIfAborted();
  const notify = notifier(options);
  const history = new Map<string, TranscriptLine>();
  let state: RealtimeState = "connecting";
  let session: Session | undefined;
  let isMuted = false;
  let losses = 0;
  let written = 0;
  let liveSince = 0;

  const become = (next: RealtimeState): void => {
    if (next === state) return;
    state = next;
    notify("onState", next);
  };
  const keep = (line: TranscriptLine): void => {
    if (line.final && line.text) history.set(line.id, line);
    const [oldest] = history.keys();
    if (history.size > KEPT_LINES && oldest !== undefined) history.delete(oldest);
    notify("onTranscript", line);
  };

  const fail = (problem: VoiceError): void => {
    notify("onError", problem);
    become("failed");
    closing.abort(problem);
  };
  const open = async (): Promise<void> => {
    session = await openSession({
      audio,
      microphone,
      broker,
      options,
      notify,
      onTranscript: keep,
      history: [...history.values()],
      signal,
      onOver,
    });
    liveSince = performance.now();
    become("live");
  };
  const onOver = (problem: VoiceError): void => {
    session = undefined;
    // A session that the service ended stays ended: a limit may have been its reason.
    if (performance.now() - liveSince > GOOD_MS) losses = 0;
    if (problem instanceof SessionEnded) {
      notify("onEnd", problem.end);
      become("stopped");
      closing.abort(problem);
    } else if (problem.code === "connection-lost") void reconnect(problem);
    else fail(problem);
  };
  const reconnect = async (lost: VoiceError): Promise<void> => {
    become("reconnecting");
    for (let problem = lost; ; ) {
      const waitMs =
        losses < (options.reconnects ?? 5) ? backoffMs(problem, losses, Math.random()) : undefined;
      if (waitMs === undefined) return fail(problem);
      losses++;
      await sleep(waitMs, signal);
      if (signal.aborted) return;
      try {
        return await open();
      } catch (cause) {
        if (signal.aborted) return;
        problem = voiceError(cause);
      }
    }
  };

  signal.addEventListener("abort", () => {
    if (state !== "failed") become("stopped");
  });
  notify("onState", state);
  let microphone: MediaStream | undefined;
  try {
    // First, so that no key expires while the browser's permission prompt is open.
    const constraints = options.microphone ?? true;
    microphone = constraints ? await openMicrophone(constraints, signal) : undefined;
    signal.throwIfAborted();
    await open();
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    become("failed");
    closing.abort(cause);
    throw cause;
  }
  microphone?.getAudioTracks()[0]?.addEventListener("ended", () => {
    const message = "The microphone was taken away. Start again with another one, or go on in writing.";
    if (!signal.aborted)
      notify("onError", new VoiceError("microphone-ended", message, { userMessage: message, soft: true }));
  });

  return {
    get state() {
      return state;
    },
    get muted() {
      return isMuted;
    },
    mute(muted = true) {
      isMuted = muted;
      for (const track of microphone?.getAudioTracks() ?? []) track.enabled = !muted;
    },
    interrupt: () => session?.interrupt(),
    send(text) {
      if (!session) return;
      const line: TranscriptLine = { id: `written-${++written}`, role: "user", text, final: true };
      session.interrupt();
      session.send(itemOf(line));
      session.respond();
      keep(line);
    },
    sendEvent: (event) => session?.send(event),
    close: () => closing.abort(),
  };
};
