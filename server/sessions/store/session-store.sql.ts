// Tickets and voice sessions in the database.
import type { Database, Row, Statements, Value } from "../../store/database.ts";
import type { EndReason } from "../session.ts";
import { countTime, findRoom, monthOf } from "./session-accounts.ts";
import {
  changesOf,
  conditionsOf,
  MAX_IDS,
  OPEN,
  sessionColumns,
  sessionOf,
  valuesOf,
} from "./session-row.ts";
import type { SavedTotals, SessionStore, Ticket } from "./session-store.ts";

/** Rows of one statement. */
const MANY = 50;
const LISTED = 100;
const DAY_MS = 86_400_000;

const COLUMNS = sessionColumns.join(", ");

const places = (count: number, first = 1): string =>
  Array.from({ length: count }, (_, index) => `$${index + first}`).join(", ");

const INSERT = `insert into voice_sessions (${COLUMNS}) values (${places(sessionColumns.length)})`;

// Of two replicas that adopt at once, the second finds another term, and takes nothing. One that was late itself has not lost its own.
const ADOPT = `update voice_sessions set owner = $1, term = term + 1
  from (select id as orphan_id, term as orphan_term from voice_sessions left join session_replicas on replica = owner
    where ${OPEN} and (owner is null or (owner <> $1 and (seen_at is null or (owner = $2 and seen_at = $3))))
    order by opened_at limit $4) as orphans
  where id = orphan_id and term = orphan_term returning ${COLUMNS}`;

const BEATS = `select replica, seen_at from session_replicas
  where replica in (select owner from voice_sessions where ${OPEN})`;

const saveSql = (rows: number): string => {
  const values = Array.from({ length: rows }, (_, row) => {
    const [id, term, activeAt, totals] = [1, 2, 3, 4].map((column) => `$${4 * row + column}`);
    return `(cast(${id} as text), cast(${term} as bigint), cast(${activeAt} as bigint), cast(${totals} as text))`;
  });
  return `with saved (saved_id, saved_term, saved_active_at, saved_totals) as (values ${values.join(", ")})
    update voice_sessions set active_at = saved_active_at, totals = saved_totals from saved
    where id = saved_id and term = saved_term and state in ('opening', 'open') returning id`;
};

// Two statements of fixed length: the database's driver keeps each that it has ever prepared.
const [SAVE_ONE, SAVE_MANY] = [saveSql(1), saveSql(MANY)];

export const sqlSessionStore = ({ all, run, transaction, urgent }: Omit<Database, "close">): SessionStore => {
  const findBy = async (column: string, value: string) => {
    const [row] = await all(`select ${COLUMNS} from voice_sessions where ${column} = $1`, [value]);
    return row && sessionOf(row);
  };

  return {
    addTicket: async ({ hash, sessionId, caller, keyRequest, grantHash, tags, expiresAt }) => {
      const sql =
        "insert into tickets (hash, session_id, caller, key_request, grant_hash, tags, expires_at) values ($1, $2, $3, $4, $5, $6, $7)";
      const [who, asked, words] = [caller, keyRequest, tags].map((each) => JSON.stringify(each));
      await run(sql, [hash, sessionId, who ?? "", asked ?? "", grantHash, words ?? "", expiresAt]);
    },
    findTicket: async (hash, now) => {
      const [row] = await all("select * from tickets where hash = $1 and expires_at > $2", [hash, now]);
      return row && ticketOf(row);
    },
    deleteTickets: async (user) => {
      const id = `user:${user}`;
      // In a pattern each `_` of a name stands for any character: what is found is looked at again.
      const found = await all("select hash, caller from tickets where caller like $1", [`%"id":"${id}"%`]);
      for (const { hash, caller } of found) {
        if (JSON.parse(String(caller)).id === id)
          await run("delete from tickets where hash = $1", [hash ?? null]);
      }
    },

    book: (session, accounts, ticket) =>
      transaction(async (statements) => {
        if (ticket !== undefined && !(await lockTicket(statements, ticket, session.openedAt)))
          return { booked: false, limit: "ticket" };
        const booking = await findRoom(statements, accounts, session.openedAt);
        if (!booking.booked) return booking;
        if (ticket !== undefined) await statements.run("delete from tickets where hash = $1", [ticket]);
        await statements.run(INSERT, valuesOf(session));
        for (const name of new Set(accounts.map((account) => account.name))) {
          const sql = "insert into voice_session_accounts (account, session_id) values ($1, $2)";
          await statements.run(sql, [name, session.id]);
        }
        return booking;
      }),
    change: async ({ id, term }, change) => {
      const { columns, values } = changesOf(change);
      const sets = columns.map((column, index) => `${column} = $${index + 3}`);
      const sql = `update voice_sessions set ${["term = term", ...sets].join(", ")} where id = $1 and term = $2`;
      return (await run(sql, [id, term, ...values])) === 1;
    },
    find: (id) => findBy("id", id),
    findByCall: (callId) => findBy("call_id", callId),
    findByGrant: (grantHash) => findBy("grant_hash", grantHash),
    list: async ({ limit = LISTED, ...filter }) => {
      const { sql, values } = conditionsOf(filter);
      const rows = await all(
        `select ${COLUMNS} from voice_sessions where ${sql} order by opened_at desc, id limit $${values.length + 1}`,
        [...values, Math.min(limit, MAX_IDS)],
      );
      return rows.map(sessionOf);
    },
    requestEnd: (filter, reason) => {
      const { sql, values } = conditionsOf({ ...filter, isOpen: true }, 2);
      // The first reason stands.
      const update = `update voice_sessions set end_requested = coalesce(end_requested, $1) where ${sql}`;
      return run(update, [reason, ...values]);
    },
    endRequests: async (replica) => {
      const sql = `select id, end_requested from voice_sessions
        where state in ('opening', 'open') and owner = $1 and end_requested is not null`;
      return (await all(sql, [replica])).map((row) => ({
        id: String(row.id),
        reason: String(row.end_requested) as EndReason,
      }));
    },

    beat: async (replica, now) => {
      const sql =
        "insert into session_replicas (replica, seen_at) values ($1, $2) on conflict (replica) do update set seen_at = excluded.seen_at";
      // A replica that is busy, or whose other statements wait, lives.
      await urgent.run(sql, [replica, now]);
    },
    beats: async () =>
      (await all(BEATS)).map(({ replica, seen_at }) => ({
        replica: String(replica),
        seenAt: Number(seen_at),
      })),
    adopt: async (replica, gone, most) =>
      (await all(ADOPT, [replica, gone?.replica ?? "", gone?.seenAt ?? 0, most])).map(sessionOf),
    owned: async (replica, openedBefore) => {
      const sql = `select id, term from voice_sessions where ${OPEN} and owner = $1
        and (state <> 'opening' or opened_at < $2)`;
      const rows = await all(sql, [replica, openedBefore]);
      return rows.map(({ id, term }) => ({ id: String(id), term: Number(term) }));
    },
    saveTotals: async (sessions) => {
      const saved = new Set<unknown>();
      const save = async (sql: string, some: readonly SavedTotals[]): Promise<void> => {
        for (const { id } of await all(sql, some.flatMap(savedValues))) saved.add(id);
      };
      let from = 0;
      for (; from + MANY <= sessions.length; from += MANY)
        await save(SAVE_MANY, sessions.slice(from, from + MANY));
      for (const session of sessions.slice(from)) await save(SAVE_ONE, [session]);
      return sessions.map(({ id }) => id).filter((id) => !saved.has(id));
    },
    addTime: (accounts, at, ms) => transaction((statements) => countTime(statements, accounts, at, ms)),
    sweep: async (now, before) => {
      await run("delete from tickets where expires_at <= $1", [now]);
      await run("delete from voice_sessions where state = 'ended' and ended_at < $1", [before]);
      // A day later: a replica's clock may be behind.
      await run("delete from session_replicas where seen_at < $1", [now - DAY_MS]);
      await run("delete from session_minutes where month < $1", [monthOf(now - DAY_MS)]);
    },
  };
};

// Changes nothing: who uses the same ticket meanwhile waits until it is known whether it was taken.
const lockTicket = async ({ run }: Pick<Statements, "run">, hash: string, now: number): Promise<boolean> =>
  (await run("update tickets set hash = hash where hash = $1 and expires_at > $2", [hash, now])) === 1;

const savedValues = ({ id, term, activeAt, totals }: SavedTotals): Value[] => [
  id,
  term,
  activeAt,
  JSON.stringify(totals),
];

// The service wrote it itself.
const ticketOf = (row: Row): Ticket => ({
  hash: String(row.hash),
  sessionId: String(row.session_id),
  caller: JSON.parse(String(row.caller)),
  keyRequest: JSON.parse(String(row.key_request)),
  grantHash: String(row.grant_hash),
  tags: JSON.parse(String(row.tags)),
  expiresAt: Number(row.expires_at),
});
