// Lets calls emit events at a rate, so that a server's sidebands can be put under load.
import { z } from "zod";
import type { ActiveSession } from "./active-session.ts";
import { sampleEvents } from "./sample-events.ts";

const types = Object.keys(sampleEvents) as (keyof typeof sampleEvents)[];

export const loadRequest = z.strictObject({
  /** For each call; they take turns. */
  types: z.array(z.enum(types)).min(1).default(["response.output_audio_transcript.delta"]),
  events_per_second: z.number().positive().max(1000),
  seconds: z.number().positive().max(3600),
});

interface LoadPorts {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `tick` periodically; returns how to stop. */
  every(ms: number, tick: () => void): () => void;
}

const TICK_MS = 10;

/**
 * Each event's id is `event_MILLISECONDS_N`, when it was sent, so that its delay can be measured. The calls take their turns one
 * after the other, not all at once. Ends with the time, or with the last of the calls.
 */
export const emitLoad = (
  calls: readonly ActiveSession[],
  { types: wanted, events_per_second, seconds }: z.infer<typeof loadRequest>,
  { now, every }: LoadPorts,
): void => {
  const begun = now();
  const sent = calls.map(() => 0);
  const tick = (): void => {
    const passed = Math.min(seconds, (now() - begun) / 1000);
    for (const [index, call] of calls.entries()) {
      const due = Math.floor(passed * events_per_second + index / calls.length);
      for (let n = sent[index] ?? 0; n < due; n += 1) {
        const type = wanted[n % wanted.length] ?? types[0];
        if (type) call.emit(sampleEvents[type](n, call.id), `event_${now()}_${n}`);
      }
      sent[index] = due;
    }
    if (passed === seconds || !calls.some(({ isOpen }) => isOpen)) stop();
  };
  const stop = every(TICK_MS, tick);
};
