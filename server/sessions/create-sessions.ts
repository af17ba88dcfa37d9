// Supervised sessions: their tickets, their start, and all that this replica does for those that it watches over.
import { rejected } from "../auth/rejection.ts";
import type { Random } from "../random.ts";
import { createAdoption } from "./ownership/adoption.ts";
import { createEndings } from "./ownership/endings.ts";
import { createRegistry, type RegistryPorts } from "./ownership/registry.ts";
import { type RoundPorts, type Rounds, startRounds } from "./ownership/rounds.ts";
import { createStrays } from "./ownership/strays.ts";
import { type CarryPorts, carrySession } from "./run/carried.ts";
import type { VoiceSession } from "./session.ts";
import type { Sessions } from "./sessions.ts";
import { stored } from "./start/booking.ts";
import { type StartPorts, startSession } from "./start/start.ts";
import { hashGrant, hashTicket, newGrant, newSessionId, newTicket } from "./start/tickets.ts";
import type { LimitsOf } from "./start/voice-limits.ts";
import { keptCaller } from "./store/kept-caller.ts";
import type { SessionStore } from "./store/session-store.ts";
import { createFollowers } from "./told/followers.ts";
import { sharedFollowers } from "./told/shared-followers.ts";
import type { ToldLog } from "./told/told-log.ts";
import { budgetWatch } from "./watchers/budget-watch.ts";
import { minutesWatch } from "./watchers/minutes-watch.ts";

type Inner = "endings" | "newGrant" | "onTold" | "registry";

export interface SessionsPorts
  extends Omit<RegistryPorts, Inner | "randomId" | "watchersOf">,
    Omit<StartPorts, Inner | "limitsOf" | "timers">,
    Pick<RoundPorts, "keepMs" | "onStore"> {
  store: SessionStore;
  random: Pick<Random, "bytes">;
  calls: RegistryPorts["calls"];
  /** What watches over every session, beside budgets and minutes; by the configuration in force. */
  watchersOf(session: Parameters<RegistryPorts["watchersOf"]>[0]): ReturnType<RegistryPorts["watchersOf"]>;
  /** By the configuration in force. */
  limitsOf: LimitsOf;
  /** Where replicas share what sessions tell their pages. */
  toldLog?: ToldLog | undefined;
}

export interface SessionService {
  sessions: Sessions;
  /** The sessions that this replica watches over, as they were when it took them over. */
  sessionsHere(): readonly VoiceSession[];
  /** Begins to watch over sessions: those that this replica starts, and those that others have left. Resolves when it may start some. */
  begin(): Promise<void>;
  /** Lets go of all sessions: other replicas take them over, or the next start does. */
  close(): Promise<void>;
}

export const createSessions = (ports: SessionsPorts): SessionService => {
  const { store, random, clock, limitsOf } = ports;
  const randomId = (): string => random.bytes(6).toString("base64url");
  const local = createFollowers();
  const isHere = (sessionId: string): boolean => registry.has(sessionId);
  const followers = ports.toldLog ? sharedFollowers({ ...ports, log: ports.toldLog, local, isHere }) : local;
  const onTold = followers.tell;
  const endings = createEndings(ports);
  const registry = createRegistry({
    ...ports,
    ...{ endings, onTold, randomId },
    watchersOf: (session, held) => [
      ...ports.watchersOf(session),
      budgetWatch(ports, clock.now, held),
      minutesWatch({
        store,
        accounts: limitsOf(session.caller, session.profile, session.voice).accounts,
        now: clock.now,
      }),
    ],
  });
  const adoption = createAdoption({ ...ports, registry, endings });
  const starting: CarryPorts = {
    ...ports,
    ...{ registry, endings, randomId },
    limitsOf: ({ caller, grant }) => limitsOf(caller, grant.profile, grant.voice),
    newGrant: () => {
      const { value, hash } = newGrant(random);
      return { sessionId: newSessionId(random), grant: value, grantHash: hash };
    },
  };
  const strays = createStrays({
    ...ports,
    has: (id) => registry.has(id) || endings.has(id) || adoption.has(id),
  });
  let rounds: Promise<Rounds> | undefined;

  const sessions: Sessions = {
    issueTicket: async (caller, keyRequest, { ttlSeconds }, tags) => {
      const [ticket, grant, sessionId] = [newTicket(random), newGrant(random), newSessionId(random)];
      const expiresAt = Math.floor(clock.now() / 1000) + ttlSeconds;
      await stored(
        store.addTicket({
          ...{ hash: ticket.hash, grantHash: grant.hash, sessionId, keyRequest, tags },
          caller: keptCaller(caller, ports.hashIdentity),
          expiresAt: expiresAt * 1000,
        }),
      );
      return { value: ticket.value, expiresAt, sessionId, grant: grant.value };
    },
    readTicket: async (value) => {
      const hash = hashTicket(value);
      const ticket = hash === undefined ? undefined : await stored(store.findTicket(hash, clock.now()));
      if (ticket) return ticket;
      const isTicket = hash !== undefined;
      throw isTicket
        ? rejected("ticket-unknown", "the ticket was used, has expired, or was never issued")
        : rejected("ticket-malformed", "it begins as a ticket does, and is none");
    },
    start: (request) => startSession(request, starting),
    carry: (request) => carrySession(request, starting),
    find: (id) => stored(store.find(id)),
    findCall: async (callId, caller) => {
      const session = await stored(store.findByCall(callId));
      return session?.caller.id === keptCaller(caller, ports.hashIdentity).id ? session : undefined;
    },
    findByGrant: async (grant) => {
      const hash = hashGrant(grant);
      return hash === undefined ? undefined : stored(store.findByGrant(hash));
    },
    list: (filter) => stored(store.list(filter)),
    end: async (filter, reason) => {
      const asked = await stored(store.requestEnd(filter, reason));
      await (await rounds)?.look();
      return asked;
    },
    follow: followers.follow,
  };

  return {
    sessions,
    sessionsHere: registry.sessions,
    begin: async () => {
      rounds ??= startRounds({ ...ports, registry, adoption, endings, strays });
      await rounds;
    },
    close: async () => {
      adoption.stop();
      await (await rounds)?.stop();
      await registry.release();
      await endings.flush();
    },
  };
};
