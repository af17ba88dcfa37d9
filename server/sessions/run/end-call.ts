// Ends a session at OpenAI, and finds out whether it has ended.
import type { Clock, Timers } from "../../clock.ts";

export interface EndPorts {
  /** Asks OpenAI over the connection to end it; false where that cannot be. */
  close(): boolean;
  hangUp(timeoutMs: number): Promise<void>;
  /** Resolves when OpenAI says that it is over. */
  over: Promise<void>;
  clock: Pick<Clock, "monotonic">;
  timers: Pick<Timers, "after">;
}

/** GPT-Live may speak to its end, and tells then what it used in all. */
const CLOSE_MS = 15_000;
const HANG_UP_MS = 15_000;
const ATTEMPT_MS = 5000;
const FIRST_PAUSE_MS = 250;

/** Whether it is proven to have ended. */
export const endCall = async (ports: EndPorts): Promise<boolean> => {
  const { close, hangUp, over, clock, timers } = ports;
  const isOver = over.then(() => true);
  const within = (ms: number) => Promise.race([isOver, pause(ms, timers)]);
  if (close() && (await within(CLOSE_MS))) return true;
  const endsAt = clock.monotonic() + HANG_UP_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
    const leftMs = endsAt - clock.monotonic();
    const isHungUp = hangUp(Math.min(ATTEMPT_MS, leftMs)).then(
      () => true,
      () => false,
    );
    if (await Promise.race([isOver, isHungUp])) return true;
    if (clock.monotonic() + pauseMs >= endsAt) return false;
    if (await within(pauseMs)) return true;
  }
};

const pause = (ms: number, { after }: Pick<Timers, "after">): Promise<false> =>
  new Promise((resolve) => {
    after(ms, () => resolve(false));
  });
