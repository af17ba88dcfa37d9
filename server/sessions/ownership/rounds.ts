// What a replica does again and again for its sessions: it says that it lives, saves, looks, and tidies up.
import type { Clock, Timers } from "../../clock.ts";
import type { SessionStore } from "../store/session-store.ts";
import type { Adoption } from "./adoption.ts";
import type { Endings } from "./endings.ts";
import type { Registry } from "./registry.ts";
import { SILENT_MS } from "./silence.ts";
import type { Strays } from "./strays.ts";

export interface RoundPorts {
  store: Pick<SessionStore, "beat" | "sweep">;
  replica: string;
  registry: Pick<Registry, "answerEndRequests" | "save" | "tick">;
  adoption: Pick<Adoption, "look" | "retry">;
  endings: Pick<Endings, "tick">;
  strays: Strays;
  clock: Pick<Clock, "monotonic" | "now">;
  timers: Pick<Timers, "after">;
  /** How long sessions that have ended are kept. */
  keepMs(): number;
  /** Called with the error when the database stops answering, and with undefined when it answers again. */
  onStore(error: unknown): void;
}

export interface Rounds {
  /** Answers what was asked of this replica without waiting for the next round. Never rejects. */
  look(): Promise<void>;
  /** Begins nothing any more, and waits for what is under way. */
  stop(): Promise<void>;
}

const BEAT_MS = 1000;
/** A replica whose own beat takes longer finds no one else gone: theirs may wait for the same reason. */
const BEAT_LATE_MS = 2000;
const SAVE_MS = 1000;
const TICK_MS = 1000;
/** End requests are answered, and lost sessions found, within half of a second. */
const LOOK_MS = 500;
/** Sessions whose adoption was not heard of have an owner again within ten seconds. */
const STRAYS_MS = 2000;
const SWEEP_MS = 60_000;

/** Begins them. The first beat is over when it resolves: from then on no other replica takes this one's sessions. */
export const startRounds = async (ports: RoundPorts): Promise<Rounds> => {
  const { store, replica, registry, adoption, endings, strays, clock, timers } = ports;
  let isStoreDown = false;
  let lastBeat = Number.NEGATIVE_INFINITY;

  const answered = (error: unknown): void => {
    const isDown = error !== undefined;
    if (isDown !== isStoreDown) ports.onStore(error);
    isStoreDown = isDown;
  };

  const beat = async (): Promise<void> => {
    try {
      await store.beat(replica, clock.now());
      const now = clock.monotonic();
      const wasMissed = now - lastBeat > SILENT_MS;
      lastBeat = now;
      answered(undefined);
      // Others may have taken this replica's sessions over. The next beat does not wait for what finds it out.
      if (wasMissed) void registry.save("all").catch(answered);
    } catch (error) {
      answered(error);
    }
  };

  const mayAdopt = (): boolean => !isStoreDown && clock.monotonic() - lastBeat < BEAT_LATE_MS;

  const look = async (): Promise<void> => {
    try {
      await registry.answerEndRequests();
      if (mayAdopt()) await adoption.look();
    } catch (error) {
      answered(error);
    }
  };

  const save = () => registry.save("changed").catch(answered);

  const tick = (): void => {
    const now = clock.now();
    registry.tick(now);
    endings.tick(now);
    adoption.retry();
  };

  const sweep = async (): Promise<void> => {
    const now = clock.now();
    await store.sweep(now, now - ports.keepMs()).catch(() => {});
  };

  await beat();
  const stops = [
    repeat(timers, BEAT_MS, beat),
    repeat(timers, TICK_MS, tick),
    repeat(timers, SAVE_MS, save),
    repeat(timers, LOOK_MS, look),
    repeat(timers, STRAYS_MS, () => strays.look().catch(() => {})),
    repeat(timers, SWEEP_MS, sweep),
  ];
  void look();
  return {
    look,
    stop: async () => {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
};

/** Does the work after each pause, never twice at once. Returns how to stop, and to wait for what is under way. */
const repeat = (
  { after }: Pick<Timers, "after">,
  pauseMs: number,
  work: () => Promise<void> | void,
): (() => Promise<void>) => {
  let isStopped = false;
  let underWay: Promise<void> = Promise.resolve();
  const round = async (): Promise<void> => {
    await work();
    if (!isStopped) cancel = schedule();
  };
  const schedule = () =>
    after(pauseMs, () => {
      underWay = round();
    });
  let cancel = schedule();
  return () => {
    isStopped = true;
    cancel();
    return underWay;
  };
};
