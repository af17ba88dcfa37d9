// The audit trail in the database.
import type { Database, Row, Statements, Value } from "../store/database.ts";
import type { Head, Link } from "./chain.ts";
import { ANCHORS, type AuditStore, type ChainHead } from "./store.ts";

const LINK = "chain, number, at, action, body, hash, seal";
/** Heads in one anchor. */
const MAX_HEADS = 300;
/** One run of the retention deletes so many entries of so many chains at most. */
const MAX_EXPIRED = 1000;
const MAX_EXPIRED_CHAINS = 5;

export const sqlAuditStore = (database: Database): AuditStore => ({
  append: (links) => database.transaction((statements) => insertLinks(statements, links)),

  appendShared: (chain, make) =>
    database.transaction(async (statements) => {
      const link = make(await lockedHead(statements, chain));
      await insertLinks(statements, [link]);
      return link;
    }),

  anchor: (make) =>
    database.transaction(async (statements) => {
      const head = await lockedHead(statements, ANCHORS);
      const sql = `update audit_chains set anchored = number where chain in
        (select chain from audit_chains where number > anchored and chain <> $1 order by chain limit ${MAX_HEADS})
        returning chain, number, hash`;
      const heads = (await statements.all(sql, [ANCHORS])).map(chainHeadOf);
      if (heads.length === 0) return undefined;
      const link = make(head, heads.sort(byChain));
      await insertLinks(statements, [link]);
      return link;
    }),

  expire: (before, make) =>
    database.transaction(async (statements) => {
      const head = await lockedHead(statements, ANCHORS);
      const chains = await expiredIn(statements, before);
      if (chains.length === 0) return undefined;
      for (const { chain, number } of chains) {
        await statements.run("delete from audit_entries where chain = $1 and number <= $2", [chain, number]);
      }
      const link = make(head, { chains });
      await insertLinks(statements, [link]);
      return link;
    }),

  heads: async () =>
    (await database.all("select chain, number, hash from audit_chains where number > 0 order by chain")).map(
      chainHeadOf,
    ),

  nextChain: async (after) => {
    const sql = "select chain from audit_entries where chain > $1 order by chain limit 1";
    const [row] = await database.all(sql, [after]);
    return row && String(row.chain);
  },

  firstNumber: async (chain, since) => {
    const sql = "select number from audit_entries where chain = $1 and at >= $2 order by number limit 1";
    const [row] = await database.all(sql, [chain, since]);
    return row && Number(row.number);
  },

  chain: async (chain, after, limit) => {
    const sql = `select ${LINK} from audit_entries where chain = $1 and number > $2 order by number limit $3`;
    return (await database.all(sql, [chain, after, limit])).map(linkOf);
  },

  between: async (since, until, after, limit) => {
    const behind = after ? "and (at, chain, number) > ($4, $5, $6)" : "";
    const sql = `select ${LINK} from audit_entries where at >= $1 and at < $2 ${behind}
      order by at, chain, number limit $3`;
    const values: Value[] = [since, until, limit];
    if (after) values.push(after.at, after.chain, after.number);
    return (await database.all(sql, values)).map(linkOf);
  },

  newest: async (limit) => {
    const sql = `select ${LINK} from audit_entries order by at desc, chain desc, number desc limit $1`;
    return (await database.all(sql, [limit])).map(linkOf).reverse();
  },

  lastConfiguration: async () => {
    const sql = `select ${LINK} from audit_entries where action = 'configuration-loaded' order by at desc limit 1`;
    const [row] = await database.all(sql);
    return row && linkOf(row);
  },
});

// Who changes a shared chain's row first goes first; the others wait until that transaction has ended.
const lockedHead = async ({ all, run }: Statements, chain: string): Promise<Head | undefined> => {
  await run(
    "insert into audit_chains (chain, number, hash, anchored) values ($1, 0, '', 0) on conflict (chain) do nothing",
    [chain],
  );
  const sql = "update audit_chains set number = number where chain = $1 returning number, hash";
  const [row] = await all(sql, [chain]);
  return row && Number(row.number) > 0 ? { number: Number(row.number), hash: String(row.hash) } : undefined;
};

const insertLinks = async ({ run }: Statements, links: readonly Link[]): Promise<void> => {
  for (const { chain, number, at, action, body, hash, seal } of links) {
    const sql = `insert into audit_entries (${LINK}) values ($1, $2, $3, $4, $5, $6, $7)
      on conflict (chain, number) do nothing`;
    await run(sql, [chain, number, at, action, body, hash, seal]);
  }
  const last = links.at(-1);
  if (!last) return;
  await run(
    `insert into audit_chains (chain, number, hash, anchored) values ($1, $2, $3, 0)
      on conflict (chain) do update set number = excluded.number, hash = excluded.hash
      where audit_chains.number < excluded.number`,
    [last.chain, last.number, last.hash],
  );
};

// What is deleted is the beginning of a chain, without holes, though clocks may have been set back; and some of it at a time.
const expiredIn = async ({ all }: Statements, before: number): Promise<ChainHead[]> => {
  const oldest = `select chain from audit_entries where at < $1 and chain <> $2 order by at limit ${MAX_EXPIRED}`;
  const chains = new Set((await all(oldest, [before, ANCHORS])).map(({ chain }) => String(chain)));
  const expired: ChainHead[] = [];
  for (const chain of [...chains].slice(0, MAX_EXPIRED_CHAINS)) {
    const entries = `select at, chain, number, hash from audit_entries where chain = $1 order by number limit ${MAX_EXPIRED}`;
    const rows = await all(entries, [chain]);
    const kept = rows.findIndex(({ at }) => Number(at) >= before);
    const last = kept === -1 ? rows.at(-1) : rows[kept - 1];
    if (last) expired.push(chainHeadOf(last));
  }
  return expired;
};

const chainHeadOf = ({ chain, number, hash }: Row): ChainHead => ({
  chain: String(chain),
  number: Number(number),
  hash: String(hash),
});

const byChain = (a: ChainHead, b: ChainHead): number => (a.chain < b.chain ? -1 : 1);

const linkOf = (row: Row): Link => ({
  chain: String(row.chain),
  number: Number(row.number),
  at: Number(row.at),
  action: String(row.action),
  body: String(row.body),
  hash: String(row.hash),
  seal: String(row.seal),
});
