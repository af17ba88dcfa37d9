// Rotated keys are kept the same way on SQLite and on Postgres.
import { describe, expect, it as test } from "vitest";
import { sqlRotationStore } from "../../server/rotation/rotation-store.sql.ts";
import type { RotationStore } from "../../server/rotation/rotation-store.ts";
import { databases } from "../support/databases.ts";

const NOON = 1_763_640_000_000;

describe.each(databases)("%s", (_, open) => {
  const it = (sentence: string, check: (store: RotationStore) => Promise<void>) =>
    test(sentence, async () => {
      await using opened = await open();
      await check(sqlRotationStore(opened.database));
    });

  it("adds a key once, with its configured secret in service", async (store) => {
    await Promise.all([store.add("main", "hash", NOON), store.add("main", "hash", NOON)]);
    await store.add("main", "other", NOON);
    const [first, second, ...more] = await store.all();
    expect(first).toEqual({
      ...{ name: "main", configuredHash: "hash", version: 0, generation: 0, state: "idle", stateSince: NOON },
      ...{ inServiceSince: NOON, attempts: 0, retryAt: 0, leaseUntil: 0 },
      ...{ current: undefined, next: undefined, previous: undefined, rotation: undefined },
      ...{ requestedAt: undefined, error: undefined, failedAt: undefined, leaseOwner: undefined },
    });
    expect([second?.configuredHash, more]).toEqual(["other", []]);
  });

  it("changes a key for one of many who change it at once", async (store) => {
    await store.add("main", "hash", NOON);
    const [row] = await store.all();
    if (!row) throw new Error("it was not added");
    const changes = ["a", "b", "c", "d", "e"].map((leaseOwner) => store.change(row, { leaseOwner }));
    const won = (await Promise.all(changes)).filter((changed) => changed !== undefined);
    expect(won).toHaveLength(1);
    expect(await store.all()).toEqual(won);
  });

  it("keeps all that a change says, and forgets what it leaves undefined", async (store) => {
    await store.add("main", "hash", NOON);
    const [row] = await store.all();
    const values = {
      ...{ generation: 2, current: "c", next: "n", previous: "p", inServiceSince: NOON + 1, rotation: "r" },
      ...{ state: "grace" as const, stateSince: NOON + 2, attempts: 3, retryAt: NOON + 4, requestedAt: NOON },
      ...{ error: "it's; drop table", failedAt: NOON + 5, leaseOwner: "a", leaseUntil: NOON + 6 },
    };
    const changed = row && (await store.change(row, values));
    expect(await store.all()).toEqual([{ ...row, ...values, version: 1 }]);
    if (changed) await store.change(changed, { previous: undefined, error: undefined });
    expect(await store.all()).toEqual([{ ...changed, previous: undefined, error: undefined, version: 2 }]);
  });

  it("knows what each replica last reported, until it stops or is forgotten", async (store) => {
    const report = { replica: "a", seenAt: NOON, rotates: true, keys: { "main hash": { generation: 1 } } };
    await store.report({ ...report, rotates: false, keys: {} });
    await store.report(report);
    await store.report({ ...report, replica: "b", seenAt: NOON - 10 });
    expect(await store.replicas()).toEqual([report, { ...report, replica: "b", seenAt: NOON - 10 }]);
    await store.forgetReplicas(undefined, NOON - 5);
    expect((await store.replicas()).map(({ replica }) => replica)).toEqual(["a"]);
    await store.forgetReplicas("a", 0);
    expect(await store.replicas()).toEqual([]);
  });
});
