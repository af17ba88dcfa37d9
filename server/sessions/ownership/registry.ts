// The sessions that this replica watches over: their runs, what they have used, and how they end.
import type { Clock, Timers } from "../../clock.ts";
import type { Subscriber } from "../../observe/event.ts";
import type { UpstreamCalls } from "../../upstream/calls.ts";
import type { VoiceDialect } from "../dialects/fact.ts";
import type { RunPorts, SessionRun, StartRun } from "../run/session-run.ts";
import type { EndReason, SessionTotals, VoiceSession } from "../session.ts";
import type { SavedTotals, SessionStore } from "../store/session-store.ts";
import type { Held } from "../watchers/budget-watch.ts";
import type { CreateWatcher, Told } from "../watchers/watcher.ts";
import type { Endings } from "./endings.ts";

export interface RegistryPorts {
  store: Pick<SessionStore, "change" | "endRequests" | "saveTotals">;
  /** The name of this replica. */
  replica: string;
  calls: UpstreamCalls;
  startRun: StartRun;
  endings: Endings;
  dialectOf(session: VoiceSession): VoiceDialect;
  /** By the configuration in force. `held`: what its budgets have reserved. */
  watchersOf(session: VoiceSession, held: Held | undefined): readonly CreateWatcher[];
  clock: Clock;
  timers: Timers;
  randomId(): string;
  emit: Subscriber;
  onTold(sessionId: string, told: Told): void;
}

export interface WatchOptions {
  /** What was reserved for a session that begins. */
  held?: Held | undefined;
  /** In place of OpenAI's sidebands, for a session that is carried. */
  calls?: UpstreamCalls | undefined;
}

export interface Registry {
  /**
   * Joins a session of this replica's and watches over it. Rejects where that cannot be; `wasEnded` then says whether the session is
   * ended already.
   */
  watch(session: VoiceSession, options?: WatchOptions): Promise<SessionRun>;
  /** Whether it is watched over here, or about to be. */
  has(sessionId: string): boolean;
  /** As they were when this replica took them over. */
  sessions(): VoiceSession[];
  /** Once a second. */
  tick(now: number): void;
  /** Saves what has changed since the last time, or of all sessions; lets go of those that another replica has taken over. */
  save(which: "all" | "changed"): Promise<void>;
  /** Ends the sessions that commands and other replicas asked to. */
  answerEndRequests(): Promise<void>;
  /** Lets go of all: another replica, or the next start, takes them over. Those that are carried end. */
  release(): Promise<void>;
}

/** A session that could not be watched over. */
export class WatchFailed extends Error {
  readonly wasEnded: boolean;

  constructor(wasEnded: boolean, cause: unknown) {
    super("the session cannot be watched over", { cause });
    this.name = "WatchFailed";
    this.wasEnded = wasEnded;
  }
}

interface Watched {
  session: VoiceSession;
  run: SessionRun | undefined;
  /** As it was saved last. */
  saved: SavedTotals | undefined;
  isEnded: boolean;
}

export const createRegistry = (ports: RegistryPorts): Registry => {
  const { store, replica, endings, startRun } = ports;
  const watched = new Map<string, Watched>();

  const forget = (each: Watched): void => {
    if (watched.get(each.session.id) === each) watched.delete(each.session.id);
  };

  const runPorts = (each: Watched, { held, calls = ports.calls }: WatchOptions): RunPorts => ({
    ...{ calls, clock: ports.clock, timers: ports.timers, randomId: ports.randomId, emit: ports.emit },
    dialect: ports.dialectOf(each.session),
    watchers: ports.watchersOf(each.session, held),
    onEnded: (run, { reason, isProven }) => {
      each.isEnded = true;
      forget(each);
      const { session, totals, activeAt } = run;
      void endings.add({ session, totals: { ...totals }, activeAt, reason, isProven });
    },
    onTold: (told) => ports.onTold(each.session.id, told),
  });

  const letGo = (each: Watched): void => {
    forget(each);
    each.run?.release();
  };

  const watch = async (session: VoiceSession, options: WatchOptions = {}): Promise<SessionRun> => {
    const before = watched.get(session.id);
    if (before) letGo(before);
    const each: Watched = { session, run: undefined, saved: undefined, isEnded: false };
    watched.set(session.id, each);
    try {
      const run = await startRun(session, runPorts(each, options));
      each.run = run;
      // This replica let go of everything, or of an earlier term, while it joined.
      if (!each.isEnded && watched.get(session.id) !== each) run.release();
      return run;
    } catch (error) {
      forget(each);
      throw new WatchFailed(each.isEnded, error);
    }
  };

  const save = async (which: "all" | "changed"): Promise<void> => {
    const all = [...watched.values()];
    for (let from = 0; from < all.length; from += SAVED_AT_ONCE) {
      if (from > 0) await new Promise<void>((resolve) => ports.timers.nextTurn(resolve));
      await saveSome(all.slice(from, from + SAVED_AT_ONCE), which);
    }
  };

  const saveSome = async (some: readonly Watched[], which: "all" | "changed"): Promise<void> => {
    const due: { each: Watched; now: SavedTotals }[] = [];
    for (const each of some) {
      // How one that has ended meanwhile stood at its end is written already.
      const now = watched.get(each.session.id) === each && each.run && savedOf(each.run);
      if (now && (which === "all" || !isSame(each.saved, now))) due.push({ each, now });
    }
    if (due.length === 0) return;
    const lost = new Set(await store.saveTotals(due.map(({ now }) => now)));
    for (const { each, now } of due) {
      if (lost.has(each.session.id)) letGo(each);
      else each.saved = now;
    }
  };

  return {
    watch,
    save,
    has: (id) => watched.has(id),
    sessions: () => [...watched.values()].map(({ session }) => session),
    tick: (now) => {
      for (const { run } of watched.values()) {
        try {
          run?.tick(now);
        } catch {
          // A fault in watching over one session must not reach the others.
          endRun(run, "sideband-lost");
        }
      }
    },
    answerEndRequests: async () => {
      if (watched.size === 0) return;
      for (const { id, reason } of await store.endRequests(replica)) endRun(watched.get(id)?.run, reason);
    },
    release: async () => {
      const all = [...watched.values()];
      const carried = all.filter(({ session }) => session.carriage === "websocket");
      await Promise.allSettled(carried.map(({ run }) => run?.end("sideband-lost")));
      await save("changed").catch(() => {});
      const direct = [...watched.values()];
      for (const each of direct) letGo(each);
      // What is not written is taken over when this replica is missed.
      const changes = direct.map(({ session }) => store.change(session, { owner: undefined }));
      await Promise.allSettled(changes);
    },
  };
};

/** SQLite works in this thread: of thousands of sessions, the events that come meanwhile would wait for all. */
const SAVED_AT_ONCE = 100;

// A run that fails to end is its own trouble, which it reports.
const endRun = (run: SessionRun | undefined, reason: EndReason): void => {
  run?.end(reason).catch(() => {});
};

const savedOf = ({ session: { id, term }, activeAt, totals }: SessionRun): SavedTotals => ({
  ...{ id, term, activeAt },
  totals: { ...totals },
});

const isSame = (saved: SavedTotals | undefined, now: SavedTotals): boolean =>
  saved !== undefined &&
  saved.activeAt === now.activeAt &&
  (Object.keys(now.totals) as (keyof SessionTotals)[]).every(
    (name) => saved.totals[name] === now.totals[name],
  );
