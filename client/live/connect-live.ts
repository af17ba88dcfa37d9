// Voice over GPT-Live in a page: microphone, ticket, WebRTC, transcript, and an end that OpenAI confirms.
import type { EphemeralKey } from "../answers.ts";
import type { VoiceBroker } from "../broker-client.ts";
import { sentences } from "../sentences.ts";
import { openMicrophone } from "../voice/microphone.ts";
import { notifier } from "../voice/notify.ts";
import { answerUnusable, connectTimeout, sendOffer } from "../voice/offer.ts";
import { openPeer } from "../voice/peer.ts";
import { problemIn } from "../voice/realtime-event.ts";
import { type SessionEnd, SessionEnded } from "../voice/supervised.ts";
import { VoiceError, voiceError } from "../voice/voice-error.ts";
import type { LiveConnection, LiveEnd, LiveOptions, LiveState } from "./options.ts";
import { type LiveEvent, liveTranscript } from "./transcript.ts";

// How long OpenAI may take to say its last words.
const CLOSE_MS = 15_000;
// OpenAI's word of an end may come before the broker's, which says why.
const REASON_MS = 3000;

/** Has the broker start the session that the ticket is for. Throws for a key that is none of GPT-Live's. */
const exchanger = ({ value, connect: { live }, profile }: EphemeralKey, signal: AbortSignal) => {
  if (!live)
    throw new VoiceError("profile-not-live", `The profile ${profile} is not GPT-Live: use connectRealtime.`);
  const headers = { authorization: `Bearer ${value}`, "content-type": "application/json" };
  return async (sdp: string): Promise<string> => {
    const response = await sendOffer(live, {
      method: "POST",
      headers,
      body: JSON.stringify({ sdp }),
      signal,
    });
    const body = await response.json().catch(() => null);
    if (typeof body?.transport?.sdp === "string") return body.transport.sdp;
    throw answerUnusable(body);
  };
};

type How = Pick<LiveEnd, "mayStartAgain" | "reason">;

const byPage: How = { reason: "closed", mayStartAgain: true };
const byService: How = { reason: "service", mayStartAgain: false };
const lost: How = { reason: "lost", mayStartAgain: true };

/** By the reason that OpenAI gives. */
const ends: Record<string, How> = {
  expired: { reason: "expired", mayStartAgain: true },
  content: { reason: "content", mayStartAgain: false },
  remote_hangup: lost,
  connection_lost: lost,
};

const sentenceOf = ({ reason }: How) => ({
  userMessage: reason === "lost" ? sentences.unreachable : sentences.ended,
});

/**
 * Opens the microphone and a GPT-Live session, whose sound `audio` plays. Resolves when sound flows; rejects with a `VoiceError`, or
 * with the reason of `options.signal`, and then has released the microphone.
 */
export const connectLive = async (
  audio: HTMLMediaElement,
  broker: Pick<VoiceBroker, "fetchEphemeralKey" | "followSession">,
  options: LiveOptions = {},
): Promise<LiveConnection> => {
  const over = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, over.signal]) : over.signal;
  signal.throwIfAborted();
  const notify = notifier(options);
  const live = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  let state: LiveState = "connecting";
  let isMuted = false;
  let send: (event: object) => void = () => {};
  let microphone: MediaStream | undefined;
  let key: EphemeralKey | undefined;
  let follows = false;

  const become = (next: LiveState): void => {
    if (next === state) return;
    state = next;
    notify("onState", next);
  };
  const transcript = liveTranscript((line) => notify("onTranscript", line));

  const end = (how: How, why?: SessionEnd): void => {
    if (signal.aborted) return;
    if (state === "ending") finish(byPage);
    else finish(how, why);
    over.abort();
  };
  const finish = (how: How, why?: SessionEnd): void => {
    closed.resolve();
    if (state === "ended" || state === "failed" || state === "connecting") return;
    transcript.end();
    become("ended");
    const { userMessage } = why ? new SessionEnded(why) : sentenceOf(how);
    notify("onEnd", { ...how, serviceReason: why?.reason, userMessage });
  };
  const endedByService = (): void => {
    if (state === "live" && follows) setTimeout(() => end(byService), REASON_MS);
    else end(byService);
  };
  const onOver = (problem: VoiceError): void => {
    // Before it was live, the wait for that is over.
    live.reject(problem);
    if (state === "connecting") return;
    if (problem.code === "connection-lost") end(lost);
    else endedByService();
  };
  const onEvent = (event: LiveEvent): void => {
    notify("onEvent", event);
    transcript.onEvent(event);
    const known = ends[event.reason ?? ""];
    if (event.type === "session.closed" && known) end(known);
    else if (event.type === "session.closed") endedByService();
    const problem = problemIn(event);
    if (problem) notify("onError", problem);
  };

  const connect = async (): Promise<void> => {
    key = await broker.fetchEphemeralKey({ signal });
    signal.throwIfAborted();
    notify("onKey", key);
    const ports = { audio, microphone, exchange: exchanger(key, signal), signal, onEvent, onOver };
    send = await openPeer({ ...ports, onConnected: () => live.resolve() });
    await live.promise;
  };

  // The page's own end while it goes on: the connection is closed at once.
  signal.addEventListener("abort", () => {
    live.reject(signal.reason);
    finish(byPage);
  });
  live.promise.catch(() => {});
  notify("onState", state);
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    // First, so that no ticket expires while the browser's permission prompt is open.
    microphone = await openMicrophone(options.microphone ?? true, signal);
    signal.throwIfAborted();
    const timeoutMs = options.connectTimeoutMs ?? 20_000;
    timer = setTimeout(() => live.reject(connectTimeout(timeoutMs, true)), timeoutMs);
    await Promise.race([connect(), live.promise.then(() => new Promise<void>(() => {}))]);
  } catch (cause) {
    become("failed");
    if (signal.aborted) throw signal.reason;
    over.abort();
    throw voiceError(cause);
  } finally {
    clearTimeout(timer);
  }
  become("live");
  if (key?.supervision && broker.followSession) {
    follows = true;
    broker.followSession(key, { signal, onEnd: (why) => end(byService, why) });
  }

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
      send({ type: `session.input_audio.${muted ? "mute" : "unmute"}` });
    },
    async close() {
      if (state !== "live") return closed.promise;
      become("ending");
      for (const track of microphone?.getTracks() ?? []) track.enabled = false;
      send({ type: "session.close" });
      const limit = setTimeout(() => end(byService), CLOSE_MS);
      await closed.promise;
      clearTimeout(limit);
    },
  };
};
