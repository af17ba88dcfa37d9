// The one database, as the rooms see it: plain SQL that SQLite and Postgres both understand.
import { Secret } from "../secret.ts";

/** What a column holds. Moments are milliseconds since 1970; lists and objects are JSON in a text. */
export type Value = string | number | null;
export type Row = Readonly<Record<string, Value>>;

export interface Statements {
  /** The rows of a statement. Values never stand in the SQL itself: they are `$1`, `$2`, … in their order. */
  all(sql: string, values?: readonly Value[]): Promise<Row[]>;
  /** Answers how many rows were changed. */
  run(sql: string, values?: readonly Value[]): Promise<number>;
}

export interface Database extends Statements {
  /** All of the work or, when it rejects, nothing. The work must use the statements it is given, and no others. */
  transaction<Result>(work: (statements: Statements) => Promise<Result>): Promise<Result>;
  /** For what may not wait behind other statements, however slow those are. */
  urgent: Statements;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

export type DatabaseAddress =
  | { kind: "sqlite"; path: string }
  | {
      kind: "postgres";
      /** The whole address, which holds a password. */
      url: Secret;
      /** Host and name of the database, for messages. */
      place: string;
    };

/** `sqlite:data/broker.db`, `sqlite::memory:`, `postgres://user:password@host/name`; undefined for anything else. */
export const parseDatabaseUrl = (text: string): DatabaseAddress | undefined => {
  const [, path] = /^sqlite:(?:\/\/(?=.))?(.+)$/.exec(text) ?? [];
  if (path !== undefined) return { kind: "sqlite", path };
  if (!/^postgres(?:ql)?:\/\/./.test(text) || !URL.canParse(text)) return undefined;
  const { host, pathname } = new URL(text);
  return { kind: "postgres", url: new Secret(text), place: host + pathname };
};

export const describeDatabase = (address: DatabaseAddress): string =>
  address.kind === "sqlite" ? `sqlite:${address.path}` : `Postgres at ${address.place}`;
