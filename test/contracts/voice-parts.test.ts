// What parts of a voice session used counts once, on SQLite and on Postgres, whichever replica tells it and when.
import { expect, test } from "vitest";
import type { UsageRecord } from "../../server/ledger/record.ts";
import { sqlLedgerStore } from "../../server/ledger/store.sql.ts";
import { databases } from "../support/databases.ts";
import { usageRecord } from "../support/usage-records.ts";

const NOON = Date.UTC(2026, 0, 1, 12);

test.each(databases)(
  "%s keeps a part of a session once, at whichever moments replicas meter it",
  async (name, open) => {
    await using opened = await open();
    const { database } = opened;
    const store = sqlLedgerStore(database, name === "SQLite" ? "sqlite" : "postgres");
    let segments = 0;
    const write = (...records: UsageRecord[]) => {
      segments += 1;
      const entries = records.map((record) => ({ record }));
      return store.write({ segment: `s${segments}`, from: 0, to: 100, entries });
    };
    const voice = { caller: "user:voice", kind: "voice", costNanoUsd: 5 } as const;
    const first = usageRecord("vs_1:resp_1", voice);
    const again = usageRecord("vs_1:resp_1", { ...voice, at: NOON + 7 });
    expect(await write(first, again)).toBe(1);
    expect(await write(again, usageRecord("vs_1:resp_2", voice))).toBe(1);
    const twice = usageRecord("vs_1:resp_3", voice);
    const both = await Promise.all([write(twice), write({ ...twice, at: NOON + 9 })]);
    expect(both.toSorted()).toEqual([0, 1]);
    const sums = await database.all("select * from usage_hours where slice = 'none' and kind = 'voice'");
    expect(sums).toEqual([expect.objectContaining({ answered: 3, cost_nano_usd: 15 })]);
    expect(await database.all("select request_id from usage_records")).toHaveLength(3);
  },
);
