// A session that the service watches over: how it ends there, and that it ends there when the page ends it.
import { sentences } from "../sentences.ts";
import { VoiceError } from "./voice-error.ts";

/** How the service ended a session. */
export interface SessionEnd {
  /** `duration`, `idle`, `tokens`, `cost`, `minutes`, `budget`, `operator`, `user-disabled`, `altered`, `moderation`, … */
  reason: string;
}

/** The service ended the session, as it must: no fault of the page's. */
export class SessionEnded extends VoiceError {
  readonly end: SessionEnd;

  constructor(end: SessionEnd) {
    const userMessage = ["duration", "idle", "minutes"].includes(end.reason)
      ? sentences.timeUp
      : sentences.ended;
    super("session-ended", `The broker ended the session: ${end.reason}.`, { userMessage });
    this.end = end;
  }
}

// OpenAI's end of a session is often noticed before the broker's word of it; another replica learns of it within a second.
const REASON_MS = 2500;

/** For a connection that the other side has closed: `end` is called later where the broker's word of why may still come. */
export const awaitReason =
  (isFollowed: () => boolean, end: (problem: VoiceError) => void) =>
  (problem: VoiceError): void => {
    if (isFollowed() && problem.code === "session-ended") setTimeout(end, REASON_MS, problem);
    else end(problem);
  };

export interface FollowPorts {
  /** Asks the broker with the session's grant. Rejects for a refusal. */
  ask(method: "DELETE" | "GET", path: string, accept: string, signal?: AbortSignal): Promise<Response>;
  /** Aborted when the page is done with the session. */
  signal: AbortSignal;
  /** Called once, when the service has ended it. */
  onEnd(end: SessionEnd): void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** Follows a session that has begun. Never throws: without the service the page notices the end by its connection. */
export const followSession = ({ ask, signal, onEnd }: FollowPorts): void => {
  let isOver = false;
  const follow = async (): Promise<void> => {
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted && !isOver; ) {
      try {
        const response = await ask("GET", "/sessions/current", "text/event-stream", signal);
        for await (const { event, data } of eventsIn(response)) {
          pauseMs = FIRST_PAUSE_MS;
          if (event !== "state" || data.state !== "ended") continue;
          isOver = true;
          onEnd({ reason: String(data.reason ?? "ended") });
          return;
        }
      } catch {
        // The broker restarts, or the network is gone: it is asked again.
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  };
  // OpenAI does not say that a browser has left: told by the page, the service need not wait for its own timers.
  signal.addEventListener("abort", () => {
    if (!isOver) ask("DELETE", "/sessions/current", "application/json").catch(() => {});
  });
  void follow();
};

interface Told {
  event: string;
  data: Record<string, unknown>;
}

/** Server-sent events, each of one line of JSON. The heartbeat's comments are passed over. */
const eventsIn = async function* ({ body }: Response): AsyncGenerator<Told> {
  if (!body) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let event = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const lines = text.split(/\r?\n/);
    text = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("event:")) event = line.slice("event:".length).trim();
      if (line.startsWith("data:")) yield { event, data: parse(line.slice("data:".length)) };
    }
  }
};

const parse = (text: string): Told["data"] => {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
};
