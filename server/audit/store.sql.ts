// The audit trail in the database.
import type { Database, Row, Statements, Value } from "../store/database.ts";
import type { Head, Link } from "./chain.ts";
import { ANCHORS, type AuditStore, type ChainHead } from "./store.ts";

const LINK = "chain, number, at, action, body, hash, seal";
/** Heads in one anchor. */
const MAX_HEADS = 300;
/** Chains from which one run of the retention deletes. */
const MAX_EXPIRED = 100;

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
    (
      await database.all("select chain, number, hash from audit_chains where number > 0 order by chain")
    ).map(chainHeadOf),

  firstNumbers: async (since) => {
    const sql = "select chain, min(number) as number from audit_entries where at >= $1 group by chain order by chain";
    return (await database.all(sql, [since])).map(({ chain, number }) => ({
      chain: String(chain),
      number: Number(number),
    }));
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

// Clocks may have been set back: what is deleted is the beginning of a chain, without holes.
const expiredIn = async ({ all }: Statements, before: number): Promise<ChainHead[]> => {
  const sql = `select e.chain, e.number, e.hash from audit_entries e join (
      select old.chain, coalesce(
        (select min(number) - 1 from audit_entries kept where kept.chain = old.chain and kept.at >= $1),
        (select max(number) from audit_entries whole where whole.chain = old.chain)) as through
      from (select distinct chain from audit_entries where at < $1 and chain <> $2 order by chain limit ${MAX_EXPIRED}) old
    ) last on last.chain = e.chain and last.through = e.number`;
  return (await all(sql, [before, ANCHORS])).map(chainHeadOf).sort(byChain);
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
