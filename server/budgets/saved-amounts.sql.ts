// Spent amounts in the database, one row for each account and replica.
import type { Database, Row, Value } from "../store/database.ts";
import type { ReplicaAmount } from "./local-amounts.ts";
import type { SavedAmounts } from "./saved-amounts.ts";

/** Rows of one statement. */
const MANY = 50;

/** A row that is older than what is there changes nothing. */
const upsert = (rows: number): string => {
  const values = Array.from(
    { length: rows },
    (_, row) => `(${[1, 2, 3, 4].map((column) => `$${4 * row + column}`)})`,
  );
  return `insert into budget_amounts (account, replica, ends_at, spent) values ${values}
    on conflict (account, replica) do update set spent = excluded.spent where excluded.spent > budget_amounts.spent`;
};

// Two statements of fixed length: the database's driver keeps each that it has ever prepared.
const [ONE_ROW, MANY_ROWS] = [upsert(1), upsert(MANY)];

export const sqlAmounts = (database: Pick<Database, "all" | "run" | "transaction">): SavedAmounts => ({
  load: async (now) => {
    const sql = "select account, replica, ends_at, spent from budget_amounts where ends_at > $1";
    return (await database.all(sql, [now])).map(amountOf);
  },
  save: (amounts) =>
    database.transaction(async ({ run }) => {
      let from = 0;
      for (; from + MANY <= amounts.length; from += MANY) {
        await run(MANY_ROWS, amounts.slice(from, from + MANY).flatMap(valuesOf));
      }
      for (const amount of amounts.slice(from)) await run(ONE_ROW, valuesOf(amount));
    }),
  forget: async (before) => {
    await database.run("delete from budget_amounts where ends_at < $1", [before]);
    await database.run("delete from budget_alerts where ends_at < $1", [before]);
  },
});

const valuesOf = ({ account, replica, endsAt, spent }: ReplicaAmount): Value[] => [
  account,
  replica,
  endsAt,
  spent,
];

const amountOf = ({ account, replica, ends_at: endsAt, spent }: Row): ReplicaAmount => ({
  account: String(account),
  replica: String(replica),
  endsAt: Number(endsAt),
  spent: Number(spent),
});
