// The ledger's database: what is written counts once, on SQLite and on Postgres.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Entry, RefusalCount } from "../../server/ledger/entry.ts";
import type { UsageRecord } from "../../server/ledger/record.ts";
import { sqlLedgerStore } from "../../server/ledger/store.sql.ts";
import type { LedgerStore } from "../../server/ledger/store.ts";
import type { Database } from "../../server/store/database.ts";
import { noQuantities } from "../../server/usage/quantities.ts";
import { databases } from "../support/databases.ts";
import { usageRecord } from "../support/usage-records.ts";

const hour = 3_600_000;
const noon = Date.UTC(2026, 0, 1, 12);

describe.each(databases)("%s", (name, open) => {
  let database: Database;
  let store: LedgerStore;
  let close: () => PromiseLike<void>;
  beforeAll(async () => {
    const opened = await open();
    database = opened.database;
    store = sqlLedgerStore(database, name === "SQLite" ? "sqlite" : "postgres");
    close = () => opened[Symbol.asyncDispose]();
  });
  afterAll(() => close());

  let segments = 0;
  /** In a segment of their own. */
  const write = (...records: UsageRecord[]) => writeEntries(records.map((record) => ({ record })));
  const writeEntries = (entries: Entry[]) => {
    segments += 1;
    return store.write({ segment: `s${segments}`, from: 0, to: 100, entries });
  };
  const sums = (caller: string, table = "usage_hours", slice = "all") =>
    database.all(`select * from ${table} where slice = $1 and caller = $2 order by at, kind, model`, [
      slice,
      caller,
    ]);

  it("keeps a record with all its parts", async () => {
    const story = { method: "POST", route: "/v1/*", cause: "naïve 🎈 'quotes' \\u0000 \\ $1" };
    const record = usageRecord("whole", {
      ...{ caller: "user:whole", tags: ["a", "b"], problem: "internal", cache: "miss", isAborted: true },
      ...{ profile: "sales", tool: "weather", story, latencyMs: 1.25, costNanoUsd: 9_000_000_000_001 },
      quantities: { ...noQuantities, textIn: 4_000_000_000, seconds: 1.5 },
    });
    expect(await write(record)).toBe(1);
    expect(await database.all("select * from usage_records where request_id = 'whole'")).toEqual([
      expect.objectContaining({
        ...{
          at: noon,
          kind: "relay",
          source: "metered",
          caller: "user:whole",
          team: "red",
          profile: "sales",
        },
        ...{ rule: "all", tool: "weather", upstream_key: "default", model: "gpt-5", status: 200, aborted: 1 },
        ...{
          problem: "internal",
          cache: "miss",
          latency_ms: 1.25,
          tags: '["a","b"]',
          text_in: 4_000_000_000,
        },
        ...{ text_out: 0, seconds: 1.5, cost_nano_usd: 9_000_000_000_001, story: JSON.stringify(story) },
      }),
    ]);
  });

  it("keeps what a record does not have as nothing, and an unknown cost as unknown", async () => {
    const nothing = { team: undefined, rule: undefined, upstreamKey: undefined, model: undefined };
    await write(usageRecord("bare", { caller: "user:bare", ...nothing, costNanoUsd: undefined }));
    expect(await database.all("select * from usage_records where request_id = 'bare'")).toEqual([
      expect.objectContaining({ team: null, model: null, cache: null, cost_nano_usd: null }),
    ]);
    expect(await sums("user:bare")).toEqual([
      expect.objectContaining({ team: "", model: "", answered: 1, unpriced: 1, cost_nano_usd: 0 }),
    ]);
  });

  it("adds records up by hour and by day, each kind and source by itself", async () => {
    const caller = "user:sums";
    await write(
      usageRecord("s1", { caller }),
      usageRecord("s2", { caller, at: noon + 10, isAborted: true }),
      usageRecord("s3", { caller, at: noon + hour, cache: "hit", costNanoUsd: 0 }),
      usageRecord("s4", { caller, status: 429, problem: "too-many-requests", costNanoUsd: 0 }),
      usageRecord("s5", { caller, kind: "mint", source: "minted", costNanoUsd: undefined }),
    );
    await write(usageRecord("s6", { caller, status: 502, problem: "upstream-failed" }));
    const hours = await sums(caller);
    expect(hours).toEqual([
      expect.objectContaining({ at: noon, kind: "mint", source: "minted", answered: 1, unpriced: 1 }),
      expect.objectContaining({ at: noon, kind: "relay", model: "", answered: 0, refused: 1, failed: 1 }),
      expect.objectContaining({
        ...{ at: noon, kind: "relay", model: "gpt-5", answered: 2, aborted: 1, text_in: 20, text_out: 10 },
        ...{ cost_nano_usd: 2000, cache_hits: 0 },
      }),
      expect.objectContaining({ at: noon + hour, answered: 1, cache_hits: 1, text_in: 10, cost_nano_usd: 0 }),
    ]);
    const days = await sums(caller, "usage_days", "user");
    expect(days.map((row) => [row.at, row.kind, row.answered])).toEqual([
      [Date.UTC(2026, 0, 1), "mint", 1],
      [Date.UTC(2026, 0, 1), "relay", 3],
    ]);
  });

  it("counts a record once, however often and wherever it is written", async () => {
    const record = usageRecord("once", { caller: "user:once" });
    expect(await write(record, record)).toBe(1);
    expect(await write(record, usageRecord("other", { caller: "user:once" }))).toBe(1);
    expect(await sums("user:once")).toEqual([expect.objectContaining({ answered: 2, text_in: 20 })]);
  });

  it("writes each part of a segment once, also by two at once", async () => {
    const count: RefusalCount = {
      ...{ at: noon, problem: "once-only", caller: "", team: "", kind: undefined, requests: 3 },
    };
    const part = (from: number) => ({
      segment: "parts",
      from,
      to: from + 10,
      entries: [{ refusals: count }],
    });
    const first = await Promise.all([store.write(part(0)), store.write(part(0)), store.write(part(0))]);
    expect(first.toSorted()).toEqual([0, undefined, undefined]);
    expect(await store.writtenOf("parts")).toBe(10);
    expect(await store.write(part(20))).toBeUndefined();
    const second = await Promise.all([store.write(part(10)), store.write(part(10))]);
    expect(second.toSorted()).toEqual([0, undefined]);
    expect(await database.all("select * from usage_refusals where problem = 'once-only'")).toEqual([
      { at: noon, problem: "once-only", caller: "", requests: 6 },
    ]);
    await store.forget("parts");
    expect(await store.writtenOf("parts")).toBe(0);
  });

  it("counts refusals without a record, as a job's where it was known", async () => {
    const of = { at: noon, problem: "counted", caller: "user:counted", team: "red", requests: 4 };
    await writeEntries([{ refusals: { ...of, kind: "relay" } }, { refusals: { ...of, kind: undefined } }]);
    await write(usageRecord("counted", { caller: "user:counted", status: 429, problem: "counted" }));
    expect(await database.all("select * from usage_refusals where problem = 'counted'")).toEqual([
      expect.objectContaining({ caller: "user:counted", requests: 9 }),
    ]);
    expect(await sums("user:counted", "usage_hours", "user")).toEqual([
      expect.objectContaining({ team: "red", kind: "relay", source: "metered", refused: 5, answered: 0 }),
    ]);
  });

  it("keeps latencies in buckets whose bounds grow by a tenth", async () => {
    const of = { caller: "user:slow", kind: "tool-call" } as const;
    await write(
      ...[0.2, 1, 99, 100, 1e12].map((latencyMs) => usageRecord(`slow${latencyMs}`, { ...of, latencyMs })),
      usageRecord("socket", { ...of, latencyMs: 50, status: 101 }),
      usageRecord("refused", { ...of, latencyMs: 50, status: 429 }),
    );
    expect(
      await database.all(
        "select bucket, requests from usage_latencies where kind = 'tool-call' order by bucket",
      ),
    ).toEqual([
      { bucket: 0, requests: 2 },
      { bucket: 49, requests: 2 },
      { bucket: 160, requests: 1 },
    ]);
  });

  it("writes all of a part or nothing, and says when the values themselves are at fault", async () => {
    const wrong = usageRecord("wrong", { caller: "user:wrong", latencyMs: null as unknown as number });
    const refused = await write(usageRecord("right", { caller: "user:wrong" }), wrong).catch(
      (error) => error,
    );
    expect(store.isRefusal(refused)).toBe(true);
    expect(store.isRefusal(new Error("connection lost"))).toBe(false);
    expect(await sums("user:wrong")).toEqual([]);
    expect(await store.writtenOf(`s${segments}`)).toBe(0);
  });

  it("takes batches of several writers at once, without waiting in a circle", async () => {
    const batch = (writer: number) =>
      Array.from({ length: 200 }, (_, index) =>
        usageRecord(`w${writer}-${index}`, { caller: "user:many", model: `m${(index * (writer + 3)) % 7}` }),
      );
    await Promise.all([0, 1, 2, 3].map((writer) => write(...batch(writer))));
    const [row] = await sums("user:many", "usage_days", "user");
    expect(row).toMatchObject({ answered: 800, text_in: 8000, cost_nano_usd: 800_000 });
  });
});
