// What the tests of the books' read port share: records of one noon, and a test over them in each database.
import { test } from "vitest";
import { sqlBooks } from "../../server/ledger/books.sql.ts";
import type { Books } from "../../server/ledger/books.ts";
import type { UsageRecord } from "../../server/ledger/record.ts";
import { noQuantities } from "../../server/usage/quantities.ts";
import { keepRecords } from "./books.ts";
import type { databases } from "./databases.ts";
import { usageRecord } from "./usage-records.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** A Sunday's noon, on the day on which Vienna's clocks go back. */
export const NOON = Date.UTC(2026, 9, 25, 12);

let count = 0;
export const used = (at: number, more: Partial<UsageRecord> = {}): UsageRecord => {
  count += 1;
  return usageRecord(`request-${count}`, { at, ...more });
};

/** Some of each kind: metered, minted and reported; answered, refused, failed and aborted. */
export const mixed = [
  used(NOON, { caller: "user:alice", team: "red", model: "large", costNanoUsd: 5000 }),
  used(NOON, { caller: "user:alice", team: "red", model: "small", costNanoUsd: 100, cache: "hit" }),
  used(NOON, { caller: "user:bob", team: "blue", model: "large", costNanoUsd: 7000, isAborted: true }),
  used(NOON, { caller: "user:bob", team: "blue", model: "new", costNanoUsd: undefined }),
  used(NOON, {
    caller: "user:bob",
    team: undefined,
    status: 429,
    problem: "limit-exceeded",
    costNanoUsd: 0,
  }),
  used(NOON, {
    caller: "user:bob",
    team: undefined,
    status: 502,
    problem: "upstream-unavailable",
    costNanoUsd: 0,
  }),
  used(NOON, { kind: "mint", source: "minted", costNanoUsd: undefined, quantities: noQuantities }),
  used(NOON, { kind: "report", source: "reported", costNanoUsd: 9000 }),
];

type Row = (typeof databases)[number];

/** `it` over books that hold these records and no others. */
export const onBooks =
  (name: Row[0], open: Row[1]) =>
  (sentence: string, records: readonly UsageRecord[], check: (books: Books) => Promise<void>): void =>
    test(sentence, async () => {
      await using opened = await open();
      await keepRecords(opened.database, name === "SQLite" ? "sqlite" : "postgres", records);
      await check(sqlBooks(opened.database));
    });
