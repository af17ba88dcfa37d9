// Supervised sessions in a database, as another replica has them, which lives on and answers nothing.
import { randomBytes } from "node:crypto";
import type { VoiceSession } from "../../server/sessions/session.ts";
import { newGrant } from "../../server/sessions/start/tickets.ts";
import { sqlSessionStore } from "../../server/sessions/store/session-store.sql.ts";
import type { SessionStore } from "../../server/sessions/store/session-store.ts";
import type { Database } from "../../server/store/database.ts";
import { createBooks } from "./books.ts";
import { voiceSession } from "./voice-session.ts";

interface SessionsElsewhere {
  store: SessionStore;
  /** Books a session, and answers it with its grant. */
  add(given: Partial<VoiceSession>): Promise<VoiceSession & { grant: string }>;
}

const ELSEWHERE = "elsewhere";

export const sessionsIn = async (database: Database): Promise<SessionsElsewhere> => {
  const store = sqlSessionStore(database);
  // So that no replica misses it, until the database is closed.
  const beat = () => store.beat(ELSEWHERE, Date.now());
  await beat();
  const beating = setInterval(() => beat().catch(() => clearInterval(beating)), 500).unref();
  return {
    store,
    add: async (given) => {
      const { value, hash } = newGrant({ bytes: randomBytes });
      const session = voiceSession({ owner: ELSEWHERE, grantHash: hash, ...given });
      await store.book(session, []);
      return { ...session, grant: value.reveal() };
    },
  };
};

export interface KeptSessions extends SessionsElsewhere, AsyncDisposable {
  /** For DATABASE_URL. */
  url: string;
  database: Database;
}

/** In a database of their own. Use with `await using`. */
export const createKeptSessions = async (): Promise<KeptSessions> => {
  const books = await createBooks([]);
  return {
    ...(await sessionsIn(books.database)),
    url: books.url,
    database: books.database,
    [Symbol.asyncDispose]: () => books[Symbol.asyncDispose](),
  };
};
