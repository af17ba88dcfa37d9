// Counts sessions and their minutes in accounts: statements for the database, of which each account has one row.
import type { Row, Statements } from "../../store/database.ts";
import { OPEN } from "./session-row.ts";
import type { AccountTime, Booking, NoRoom, SessionAccount } from "./session-store.ts";

const DAY_MS = 86_400_000;
/** When the day of a moment began (UTC). */
export const dayOf = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;

/** When the month of a moment began (UTC). */
export const monthOf = (at: number): number => {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
};

// A row never goes back to an earlier day or month: a replica's clock may be behind another's.
const newest = (
  period: "day" | "month",
): string => `${period} = case when excluded.${period} > session_minutes.${period}
    then excluded.${period} else session_minutes.${period} end,
  ${period}_ms = case when excluded.${period} > session_minutes.${period} then excluded.${period}_ms
    when excluded.${period} = session_minutes.${period} then session_minutes.${period}_ms + excluded.${period}_ms
    else session_minutes.${period}_ms end`;

const COUNT_TIME = `insert into session_minutes (account, day, day_ms, month, month_ms) values ($1, $2, $3, $4, $5)
  on conflict (account) do update set ${newest("day")}, ${newest("month")} returning account, day_ms, month_ms`;

// An end that was asked for comes within a second; one that OpenAI does not confirm (`ending`) may take long.
const COUNT_OPEN = `select count(*) as count,
  sum(case when end_requested is null or state = 'ending' then 1 else 0 end) as lasting from voice_session_accounts
  join voice_sessions on id = session_id where account = $1 and ${OPEN}`;

/** Adds time to accounts, and answers what each has used of the day and the month. Locks their rows until the transaction ends. */
export const countTime = async (
  { all }: Pick<Statements, "all">,
  accounts: readonly string[],
  at: number,
  ms: number,
): Promise<AccountTime[]> => {
  const times: AccountTime[] = [];
  // All transactions take the rows in one order, so that no two wait for each other.
  for (const account of [...new Set(accounts)].sort()) {
    const [row] = await all(COUNT_TIME, [account, dayOf(at), ms, monthOf(at), ms]);
    if (row) times.push(timeOf(row));
  }
  return times;
};

const timeOf = ({ account, day_ms: dayMs, month_ms: monthMs }: Row): AccountTime => ({
  account: String(account),
  dayMs: Number(dayMs),
  monthMs: Number(monthMs),
});

/** Whether each account has room for one more session that begins now. Locks their rows until the transaction ends. */
export const findRoom = async (
  statements: Pick<Statements, "all">,
  accounts: readonly SessionAccount[],
  at: number,
): Promise<Booking> => {
  const names = accounts.map(({ name }) => name);
  const used = new Map((await countTime(statements, names, at, 0)).map((time) => [time.account, time]));
  for (const { name, atOnce, dayMs, monthMs } of accounts) {
    const time = used.get(name);
    if (time && dayMs !== undefined && time.dayMs >= dayMs) return full(name, "minutes_per_day");
    if (time && monthMs !== undefined && time.monthMs >= monthMs) return full(name, "minutes_per_month");
    if (atOnce === undefined) continue;
    const [row] = await statements.all(COUNT_OPEN, [name]);
    if (Number(row?.count ?? 0) < atOnce) continue;
    return { ...full(name, "at_once"), ...(Number(row?.lasting ?? 0) < atOnce && { isEnding: true }) };
  }
  return { booked: true };
};

const full = (account: string, limit: NoRoom["limit"]): NoRoom => ({
  booked: false,
  account,
  limit,
});
