// Events at a rate, for tests of load: transcripts to all sidebands of one session.
import { z } from "zod";
import type { GptLiveSession } from "./gpt-live-session.ts";

export const loadRequest = z.strictObject({ events_per_second: z.number().min(0.1).max(1000) });

export interface LoadPorts {
  /** Calls `tick` periodically; returns how to stop. */
  every(ms: number, tick: () => void): () => void;
  now(): number;
}

/** Sends them until the session ends. */
export const startLoad = (
  session: GptLiveSession,
  eventsPerSecond: number,
  { every, now }: LoadPorts,
): void => {
  let sent = 0;
  const startedAt = now();
  session.start();
  const stop = every(1000 / eventsPerSecond, () => {
    sent += 1;
    const type = sent % 2 === 0 ? "session.input_transcript.delta" : "session.output_transcript.delta";
    const at = now() - startedAt;
    // The time is in the id: a receiver on this machine can tell how late the event came.
    const event_id = `event_load_${now()}_${sent}`;
    session.sendToSidebands(
      JSON.stringify({ type, event_id, delta: "words ", start_ms: at, end_ms: at + 50 }),
    );
  });
  session.whenEnded(stop);
};
