// Lets GPT-Live sessions send events to their sidebands at a rate, so that a server can be put under load.
import { z } from "zod";
import type { GptLiveSession } from "./gpt-live-session.ts";

export const loadRequest = z.strictObject({
  /** For each session. */
  events_per_second: z.number().positive().max(1000),
  seconds: z.number().positive().max(3600),
});

export interface LoadPorts {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `tick` periodically; returns how to stop. */
  every(ms: number, tick: () => void): () => void;
}

const TICK_MS = 10;

/**
 * Transcripts of both sides. Each event's id is `event_MILLISECONDS_N`, when it was sent, so that its delay can be measured. The
 * sessions take their turns one after the other, not all at once. Ends with the time, or with the last of the sessions.
 */
export const sendLoad = (
  sessions: readonly GptLiveSession[],
  { events_per_second, seconds }: z.infer<typeof loadRequest>,
  { now, every }: LoadPorts,
): void => {
  const begun = now();
  const sent = sessions.map(() => 0);
  for (const session of sessions) session.start();
  const tick = (): void => {
    const passed = Math.min(seconds, (now() - begun) / 1000);
    for (const [index, session] of sessions.entries()) {
      const due = Math.floor(passed * events_per_second + index / sessions.length);
      for (let n = sent[index] ?? 0; n < due; n += 1) session.participants.toSidebands(transcript(n, now()));
      sent[index] = due;
    }
    if (passed === seconds || !sessions.some(({ isOpen }) => isOpen)) stop();
  };
  const stop = every(TICK_MS, tick);
};

const transcript = (n: number, now: number): string =>
  JSON.stringify({
    type: n % 2 === 0 ? "session.output_transcript.delta" : "session.input_transcript.delta",
    event_id: `event_${now}_${n}`,
    delta: "words ",
    start_ms: n * 50,
    end_ms: (n + 1) * 50,
  });
