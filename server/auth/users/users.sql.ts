// Users in the database.
import { z } from "zod";
import { ownLimitsSchema } from "../../rates.ts";
import type { Database, Row } from "../../store/database.ts";
import {
  type ListedUser,
  type NewToken,
  type NewUser,
  type StoredToken,
  type User,
  type Users,
  writtenLimits,
} from "./users.ts";

const USER = "users.name, roles, profiles, limits, team, users.created_at, last_used_at, disabled_at";
const TOKEN = "prefix, hash, key_id, expires_at";

export const sqlUsers = (database: Database): Users => ({
  find: async (prefix) => {
    const sql = `select ${USER}, ${TOKEN} from user_tokens join users on users.name = user_name where prefix = $1`;
    const [row] = await database.all(sql, [prefix]);
    return row && { user: userOf(row), token: tokenOf(row) };
  },

  admitted: async (prefixes, now) => {
    const admitted = new Set<string>();
    for (let start = 0; start < prefixes.length; start += MAX_PREFIXES) {
      const some = prefixes.slice(start, start + MAX_PREFIXES);
      const sql = `select prefix from user_tokens join users on users.name = user_name
        where disabled_at is null and (expires_at is null or expires_at > $1) and prefix in (${placeholders(some.length)})`;
      for (const { prefix } of await database.all(sql, [now, ...padded(some)])) admitted.add(String(prefix));
    }
    return admitted;
  },

  list: async () => {
    const sql = `select ${USER}, ${TOKEN} from users left join user_tokens on user_name = users.name order by user_tokens.created_at, prefix`;
    const users = new Map<string, ListedUser & { tokens: StoredToken[] }>();
    for (const row of await database.all(sql)) {
      const user = users.get(String(row.name)) ?? { ...userOf(row), tokens: [] };
      if (row.prefix !== null) user.tokens.push(tokenOf(row));
      users.set(user.name, user);
    }
    // Databases differ in how they order names.
    return [...users.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  },

  count: async () => {
    const [row] = await database.all("select count(*) as count from users");
    return Number(row?.count ?? 0);
  },

  add: (user, token, now) =>
    database.transaction(async (statements) => {
      const sql =
        "insert into users (name, roles, profiles, limits, team, created_at) values ($1, $2, $3, $4, $5, $6) on conflict (name) do nothing";
      const added = await statements.run(sql, [user.name, ...decidedColumns(user), now]);
      if (added > 0 && token) await insertToken(statements, user.name, token, now);
      return added > 0;
    }),

  rotate: (name, token, now, othersEndAt) =>
    database.transaction(async (statements) => {
      // Changing the user's row first makes rotations of one user take turns.
      const found = await statements.run("update users set name = $1 where name = $1", [name]);
      if (found === 0) return false;
      const end =
        "update user_tokens set expires_at = $2 where user_name = $1 and (expires_at is null or expires_at > $2)";
      await statements.run(end, [name, othersEndAt]);
      await statements.run("delete from user_tokens where user_name = $1 and expires_at <= $2", [name, now]);
      await insertToken(statements, name, token, now);
      return true;
    }),

  disable: async (name, now) => {
    const sql = "update users set disabled_at = coalesce(disabled_at, $2) where name = $1";
    return (await database.run(sql, [name, now])) > 0;
  },

  enable: async (name) =>
    (await database.run("update users set disabled_at = null where name = $1", [name])) > 0,

  // Deletes the user's tokens too (foreign key, on delete cascade).
  remove: async (name) => (await database.run("delete from users where name = $1", [name])) > 0,

  change: (name, edit) =>
    database.transaction(async ({ all, run }) => {
      // Changing the row first makes changes of one user take turns.
      if ((await run("update users set name = $1 where name = $1", [name])) === 0) return undefined;
      const [row] = await all(`select ${USER} from users where name = $1`, [name]);
      if (!row) return undefined;
      const before = decidedColumns(userOf(row));
      const edited = edit(userOf(row));
      const after = decidedColumns(edited);
      const isChanged = after.some((column, index) => column !== before[index]);
      const sql = "update users set roles = $2, profiles = $3, limits = $4, team = $5 where name = $1";
      if (isChanged) await run(sql, [name, ...after]);
      return { user: { ...edited, name }, isChanged };
    }),

  roles: async () => {
    const rows = await database.all("select distinct roles from users");
    return [...new Set(rows.flatMap((row) => rolesColumn.parse(row.roles)))];
  },

  touch: async (name, now) => {
    const sql =
      "update users set last_used_at = $2 where name = $1 and (last_used_at is null or last_used_at < $2)";
    await database.run(sql, [name, now]);
  },
});

/** Prefixes in one statement. */
const MAX_PREFIXES = 1024;

// Lists are padded to a power of two, so that the database has few different statements to keep prepared.
const paddedLength = (count: number): number => 2 ** Math.ceil(Math.log2(count));

// $1 is the time.
const placeholders = (count: number): string =>
  Array.from({ length: paddedLength(count) }, (_, index) => `$${index + 2}`).join(", ");

const padded = (prefixes: readonly string[]): string[] => [
  ...prefixes,
  ...Array<string>(paddedLength(prefixes.length) - prefixes.length).fill(""),
];

/** Roles, profiles, limits and team. */
const decidedColumns = ({ roles, profiles, limits, team }: Omit<NewUser, "name">): (string | null)[] => [
  JSON.stringify(roles),
  profiles ? JSON.stringify(profiles) : null,
  JSON.stringify(writtenLimits(limits)),
  team ?? null,
];

const insertToken = async (
  { run }: Pick<Database, "run">,
  name: string,
  { prefix, hash, keyId }: NewToken,
  now: number,
): Promise<void> => {
  const sql =
    "insert into user_tokens (prefix, user_name, hash, key_id, created_at) values ($1, $2, $3, $4, $5)";
  await run(sql, [prefix, name, hash, keyId, now]);
};

const json = z.string().transform((text): unknown => JSON.parse(text));
const moment = z
  .number()
  .nullable()
  .transform((value) => value ?? undefined);

const rolesColumn = json.pipe(z.array(z.string()));

const userRow = z.object({
  name: z.string(),
  roles: rolesColumn,
  profiles: z
    .union([z.null(), json.pipe(z.array(z.string()))])
    .transform((profiles) => profiles ?? undefined),
  limits: json.pipe(ownLimitsSchema),
  team: z
    .string()
    .nullable()
    .transform((team) => team ?? undefined),
  created_at: z.number(),
  last_used_at: moment,
  disabled_at: moment,
});

const tokenRow = z.object({ prefix: z.string(), hash: z.string(), key_id: z.string(), expires_at: moment });

const userOf = (row: Row): User => {
  const { created_at: createdAt, last_used_at, disabled_at, ...said } = userRow.parse(row);
  return { ...said, createdAt, lastUsedAt: last_used_at, disabledAt: disabled_at };
};

const tokenOf = (row: Row): StoredToken => {
  const { key_id: keyId, expires_at: expiresAt, ...said } = tokenRow.parse(row);
  return { ...said, keyId, expiresAt };
};
