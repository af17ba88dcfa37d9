// What reports show of sums: one row for each group, in which minted, metered and reported stand apart. Pure.
import {
  inputTokensIn,
  noQuantities,
  outputTokensIn,
  type Quantities,
  type QuantityKind,
} from "../usage/quantities.ts";
import type { Books, Sums, SumsQuery } from "./books.ts";

/** What was used, as one source told it. */
export interface Spending {
  quantities: Quantities;
  /** Billionths of a US dollar, of what has a known price; undefined where nothing has one. */
  costNanoUsd: number | undefined;
  /** Requests whose cost is not known. */
  unpriced: number;
}

export interface UsageRow extends Pick<Sums, "group" | "periodAt"> {
  /** Keys that were handed out. What voice sessions used of them is told by `reported` alone. */
  minted: number;
  toolCalls: number;
  relayed: number;
  /** Supervised voice sessions that were started. What they used is part of `metered`. */
  sessions: number;
  refused: number;
  failed: number;
  /** Of those relayed: ended before the answer was whole. */
  aborted: number;
  /** Of those relayed: from the response cache. */
  cacheHits: number;
  metered: Spending;
  /** What pages told, which the service cannot check. */
  reports: number;
  reported: Spending;
}

export interface UsageReport {
  /** By time, then the dearest first, then those of most tokens. */
  rows: UsageRow[];
  total: UsageRow;
  /** Models that were used and have no known price. */
  unpricedModels: string[];
}

/** Rejects as `Books` does. */
export const reportUsage = async (books: Pick<Books, "sums">, query: SumsQuery): Promise<UsageReport> => {
  const sums = await books.sums({ ...query, by: [...new Set([...query.by, "kind" as const])] });
  const rows = rowsOf(sums, query);
  const [total = emptyRow({}, undefined)] = rowsOf(sums, { by: [], period: undefined });
  const isUnpriced = total.metered.unpriced + total.reported.unpriced > 0;
  return { rows, total, unpricedModels: isUnpriced ? await unpricedModels(books, query) : [] };
};

const unpricedModels = async (books: Pick<Books, "sums">, query: SumsQuery): Promise<string[]> => {
  const sums = await books.sums({ ...query, by: ["model", "kind"], period: undefined });
  const models = sums.filter((each) => each.unpriced > 0 && each.source !== "minted");
  return [...new Set(models.map(({ group }) => group.model ?? ""))].sort();
};

const rowsOf = (sums: readonly Sums[], { by, period }: Pick<SumsQuery, "by" | "period">): UsageRow[] => {
  const rows = new Map<string, UsageRow>();
  for (const each of sums) {
    const group = Object.fromEntries(by.map((dimension) => [dimension, each.group[dimension] ?? ""]));
    const periodAt = period === undefined ? undefined : each.periodAt;
    const key = JSON.stringify([periodAt, ...Object.values(group)]);
    const row = rows.get(key) ?? emptyRow(group, periodAt);
    add(row, each);
    rows.set(key, row);
  }
  return [...rows.values()].sort(
    (a, b) =>
      (a.periodAt ?? 0) - (b.periodAt ?? 0) ||
      (b.metered.costNanoUsd ?? 0) - (a.metered.costNanoUsd ?? 0) ||
      tokensOf(b) - tokensOf(a) ||
      jobsOf(b) - jobsOf(a),
  );
};

// Where no price is known, much may have been spent all the same.
const tokensOf = ({ metered }: UsageRow): number => inputTokens(metered) + outputTokens(metered);

const jobsOf = ({ minted, toolCalls, relayed, sessions }: UsageRow): number =>
  minted + toolCalls + relayed + sessions;

const noSpending = (): Spending => ({ quantities: { ...noQuantities }, costNanoUsd: 0, unpriced: 0 });

/** A row of a group of which nothing is known. */
export const emptyRow = (group: UsageRow["group"], periodAt: number | undefined): UsageRow => ({
  ...{ group, periodAt, minted: 0, toolCalls: 0, relayed: 0, sessions: 0, refused: 0, failed: 0 },
  ...{ aborted: 0, cacheHits: 0, metered: noSpending(), reports: 0, reported: noSpending() },
});

const add = (row: UsageRow, sums: Sums): void => {
  if (sums.source === "reported") {
    row.reports += sums.answered;
    spend(row.reported, sums);
    return;
  }
  row.refused += sums.refused;
  row.failed += sums.failed;
  if (sums.group.kind === "mint") row.minted += sums.answered;
  if (sums.group.kind === "tool-call") row.toolCalls += sums.answered;
  if (sums.group.kind === "relay") row.relayed += sums.answered;
  if (sums.group.kind === "session") row.sessions += sums.answered;
  // What a key will use is not known when it is minted.
  if (sums.source === "minted") return;
  row.aborted += sums.aborted;
  row.cacheHits += sums.cacheHits;
  spend(row.metered, sums);
};

const spend = (spending: Spending, sums: Sums): void => {
  for (const [kind, quantity] of Object.entries(sums.quantities)) {
    spending.quantities[kind as QuantityKind] += quantity;
  }
  spending.unpriced += sums.unpriced;
  const cost = (spending.costNanoUsd ?? 0) + sums.costNanoUsd;
  spending.costNanoUsd = cost === 0 && spending.unpriced > 0 ? undefined : cost;
};

/** All tokens that went in, cached ones too. */
export const inputTokens = ({ quantities }: Spending): number => inputTokensIn(quantities);

export const cachedTokens = ({ quantities: q }: Spending): number =>
  q.textCached + q.audioCached + q.imageCached;

export const outputTokens = ({ quantities }: Spending): number => outputTokensIn(quantities);

/** US dollars; null where nothing has a known price. */
export const costUsd = ({ costNanoUsd }: Spending): number | null =>
  costNanoUsd === undefined ? null : costNanoUsd / 1e9;
