// Takes over the sessions of replicas that are gone, or that have let go of them.
import type { Clock } from "../../clock.ts";
import type { Subscriber } from "../../observe/event.ts";
import type { EndReason, VoiceSession } from "../session.ts";
import { eventFieldsOf } from "../session-names.ts";
import type { SessionStore } from "../store/session-store.ts";
import type { Endings } from "./endings.ts";
import { type Registry, WatchFailed } from "./registry.ts";
import { createSilence } from "./silence.ts";

export interface Adoption {
  /** Takes over what it can join at once. Rejects when the database does not answer. */
  look(): Promise<void>;
  /** Once a second: sessions that were taken over and could not be joined are tried again. */
  retry(): void;
  /** Whether it was taken over, and could not be joined yet. */
  has(sessionId: string): boolean;
  /** Takes over no more. */
  stop(): void;
}

export interface AdoptionPorts {
  store: Pick<SessionStore, "adopt" | "beats">;
  replica: string;
  registry: Pick<Registry, "watch">;
  endings: Pick<Endings, "add">;
  clock: Pick<Clock, "monotonic" | "now">;
  emit: Subscriber;
}

/** Connections that are opened at once: OpenAI should not take them for an attack. */
const MOST_JOINING = 20;
/** After its last moment: by then its owner would have ended it. */
const OVERDUE_MS = 60_000;

export const createAdoption = ({
  store,
  replica,
  registry,
  endings,
  clock,
  emit,
}: AdoptionPorts): Adoption => {
  let joining = 0;
  let isStopped = false;
  let hasMore = false;
  const unjoined: VoiceSession[] = [];
  const silence = createSilence();

  const trouble = (session: VoiceSession, what: "adopted" | "not-ended", cause?: unknown): void =>
    emit({ kind: "session-trouble", ...eventFieldsOf(session, clock.now()), what, cause });

  const end = (session: VoiceSession, reason: EndReason, isProven: boolean): void => {
    const { totals, activeAt } = session;
    void endings.add({ session, totals, activeAt, reason: session.reason ?? reason, isProven });
  };

  const join = async (session: VoiceSession): Promise<void> => {
    joining += 1;
    try {
      await registry.watch(session);
    } catch (error) {
      if (!(error instanceof WatchFailed && error.wasEnded)) unjoined.push(session);
    } finally {
      joining -= 1;
      if (hasMore) void look().catch(() => {});
    }
  };

  const take = (session: VoiceSession): void => {
    if (session.state === "opening" && session.callId === undefined) {
      // OpenAI's answer was never seen: if there is a call, no one knows its id.
      trouble(session, "not-ended", new Error("its replica ended while OpenAI created it"));
      end(session, "not-started", true);
    } else if (session.carriage === "websocket") {
      // Its connections ended with the replica that had them.
      end(session, "sideband-lost", true);
    } else if (session.state === "ending" || clock.now() > session.endsAt + OVERDUE_MS) {
      end(session, "duration", false);
    } else {
      trouble(session, "adopted");
      void join(session);
    }
  };

  const look = async (): Promise<void> => {
    const others = (await store.beats()).filter((beat) => beat.replica !== replica);
    const gone = silence.among(others, clock.monotonic());
    hasMore = false;
    for (const each of gone.length === 0 ? [undefined] : gone) {
      const room = MOST_JOINING - joining - unjoined.length;
      if (isStopped || room <= 0) return;
      const found = await store.adopt(replica, each, room);
      hasMore ||= found.length === room;
      for (const session of found) take(session);
    }
  };

  return {
    look,
    retry: () => {
      if (isStopped) return;
      for (const session of unjoined.splice(0, MOST_JOINING - joining)) void join(session);
    },
    has: (sessionId) => unjoined.some(({ id }) => id === sessionId),
    stop: () => {
      isStopped = true;
    },
  };
};
