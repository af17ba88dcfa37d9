// Latencies, refusals and single records are read the same way from SQLite and from Postgres.
import { describe, expect, test } from "vitest";
import { sqlBooks } from "../../server/ledger/books.sql.ts";
import type { SumsQuery } from "../../server/ledger/books.ts";
import type { UsageRecord } from "../../server/ledger/record.ts";
import { noQuantities } from "../../server/usage/quantities.ts";
import { keepRecords } from "../support/books.ts";
import { databases } from "../support/databases.ts";
import { DAY, mixed, NOON, onBooks, used } from "../support/kept-books.ts";

describe.each(databases)("%s", (name, open) => {
  const it = onBooks(name, open);

  const timed = Array.from({ length: 100 }, (_, index) => used(NOON, { latencyMs: 10 * (index + 1) })).concat(
    used(NOON + DAY, { latencyMs: 5000, kind: "tool-call" }),
  );

  it("tells percentiles of latencies to within a tenth", timed, async ({ latencies }) => {
    const asked = { since: NOON - DAY, until: NOON + 2 * DAY, timeZone: "UTC" };
    const [relayed] = await latencies({ ...asked, kind: "relay", period: undefined });
    expect(relayed).toMatchObject({ periodAt: undefined, requests: 100 });
    for (const [told = 0, exact] of [
      [relayed?.p50, 500],
      [relayed?.p95, 950],
      [relayed?.p99, 990],
    ] as const) {
      expect(Math.abs(told - exact) / exact).toBeLessThan(0.1);
    }
    const days = await latencies({ ...asked, kind: undefined, period: "day" });
    expect(days.map(({ periodAt, requests }) => [periodAt, requests])).toEqual([
      [NOON - (NOON % DAY), 100],
      [NOON - (NOON % DAY) + DAY, 1],
    ]);
  });

  test("counts refusals by their reason, those of unknown callers where all are asked for", async () => {
    await using opened = await open();
    const refused = { status: 429, problem: "limit-exceeded" };
    const records = [used(NOON, refused), used(NOON, { ...refused, caller: "user:bob", team: "blue" })];
    const unknown = { at: NOON, problem: "credentials-missing", caller: "", team: "", kind: undefined };
    await keepRecords(opened.database, name === "SQLite" ? "sqlite" : "postgres", records, [
      { ...unknown, requests: 7 },
    ]);
    const { refusals } = sqlBooks(opened.database);
    const of = (where: SumsQuery["where"]) => refusals({ since: NOON, until: NOON, where });
    expect(await of({})).toEqual([
      { problem: "credentials-missing", requests: 7 },
      { problem: "limit-exceeded", requests: 2 },
    ]);
    expect(await of({ user: ["user:bob"] })).toEqual([{ problem: "limit-exceeded", requests: 1 }]);
    expect(await of({ team: ["blue"] })).toEqual([{ problem: "limit-exceeded", requests: 1 }]);
    expect(await of({ model: ["none"] })).toEqual([]);
  });

  const ofSession = (id: string, more: Partial<UsageRecord> = {}): UsageRecord => ({
    ...used(NOON + 1000, { kind: "voice", caller: "user:alice", ...more }),
    ...{
      requestId: `${id}:${more.requestId}`,
      story: { method: "", route: "", session: id, part: "response" },
    },
  });
  const session = [
    ofSession("vs_ab", { requestId: "resp_1" }),
    ofSession("vs_ab", { requestId: "resp_2", at: NOON + 5000 }),
    // Its name is the other's to a pattern in which `_` is any character.
    ofSession("vsxab", { requestId: "resp_3" }),
    ofSession("vs_ab", { requestId: "resp_4", caller: "user:bob" }),
    used(NOON, {
      kind: "mint",
      caller: "user:alice",
      story: { method: "GET", route: "/ephemeral-key", session: "vs_ab" },
    }),
    used(NOON + 1, {
      kind: "mint",
      caller: "user:alice",
      story: { method: "GET", route: "/ephemeral-key", session: "sess_1" },
    }),
  ];

  it("finds what is recorded of one voice session, the oldest first", session, async (books) => {
    const query = { id: "vs_ab", caller: "user:alice", since: NOON, until: NOON + 10_000 };
    const found = await books.ofSession(query);
    expect(found).toEqual([session[4], session[0], session[1]]);
    expect(await books.ofSession({ ...query, until: NOON + 2000 })).toEqual([session[4], session[0]]);
    expect(await books.ofSession({ ...query, id: "vs_%" })).toEqual([]);
  });

  it("lists the newest first, as many as asked, and finds one", mixed, async ({ records, find }) => {
    const late = { since: NOON - DAY, until: NOON + DAY };
    const two = await records({ ...late, where: {}, limit: 2 });
    expect(two).toHaveLength(2);
    const bobs = await records({ ...late, where: { user: ["user:bob"], model: ["large"] }, limit: 10 });
    expect(bobs).toEqual([mixed[2]]);
    const teamless = await records({ ...late, where: { team: [""] }, limit: 10 });
    expect(teamless.map(({ status }) => status).sort()).toEqual([429, 502]);
    expect(await records({ ...late, until: NOON - 1, where: {}, limit: 10 })).toEqual([]);
    const [first] = mixed;
    expect(await find(first?.requestId ?? "")).toEqual(first);
    expect(await find("none")).toBeUndefined();
    expect(await find("req_none")).toBeUndefined();
  });

  const kept = full(used(NOON));

  it("gives a record back as it was kept", [kept], async ({ find }) => {
    expect(await find(kept.requestId)).toEqual(kept);
    expect(await find("req_1")).toEqual(kept);
    expect(await find("req__")).toBeUndefined();
  });
});

function full(record: UsageRecord): UsageRecord {
  return {
    ...record,
    ...{ profile: "default", rule: "members", tool: "weather", cache: "joined", isAborted: true },
    ...{ latencyMs: 12.5, tags: ["a", "ü 'quoted'"], costNanoUsd: undefined },
    quantities: { ...noQuantities, textIn: 1, audioOut: 2, seconds: 1.5, images: 3 },
    story: {
      ...{ method: "POST", route: "/v1/*", openAiRequestId: "req_1", session: "sess_1", cause: "it broke" },
      ...{ limits: ["mints-caller"], pointers: ["/a"] },
      attempts: [{ key: "eu", outcome: "limited", ms: 12 }],
    },
  };
}
