// The writer of a chain: batches, a database that is away, and what finds no room.
import { expect, it } from "vitest";
import { type Link, readBody } from "../../../server/audit/chain.ts";
import { createTrail, MAX_PENDING } from "../../../server/audit/trail.ts";
import { entryOf, findingsIn, testSealer } from "../../support/audit.ts";
import { createTestTime } from "../../support/time.ts";

const prepare = () => {
  const time = createTestTime();
  const kept: Link[] = [];
  const batches: (readonly Link[])[] = [];
  const logs: string[] = [];
  const states: { pending: number; isWritable: boolean }[] = [];
  const database = { isAway: false, failsAfterCommit: false, lost: 0 };
  const trail = createTrail({
    chain: "c1",
    sealer: testSealer,
    ...time,
    log: { write: (_, event) => void logs.push(event) },
    onState: (state) => void states.push(state),
    onLost: () => {
      database.lost += 1;
    },
    store: {
      append: async (links) => {
        if (database.isAway) throw new Error("connection refused");
        batches.push(links);
        const known = new Set(kept.map(({ number }) => number));
        kept.push(...links.filter(({ number }) => !known.has(number)));
        if (database.failsAfterCommit) throw new Error("connection lost");
      },
    },
  });
  const write = (from: number, to: number) => {
    for (let index = from; index <= to; index += 1) trail.write(entryOf(index));
  };
  return { time, kept, batches, logs, states, database, trail, write };
};

it("keeps entries within half a second, in their order, a hundred at a time", async () => {
  const { time, kept, batches, write } = prepare();
  write(1, 250);
  expect(kept).toEqual([]);
  await time.pass(500);
  expect(batches.map(({ length }) => length)).toEqual([100, 100, 50]);
  write(251, 251);
  await time.pass(500);
  expect(kept.map(({ number }) => number)).toEqual(Array.from({ length: 251 }, (_, index) => index + 1));
  expect(findingsIn(kept)).toEqual([]);
  expect(time.pending()).toBe(0);
});

it("loses nothing while the database is away, says so once, and goes on when it is back", async () => {
  const { time, kept, logs, states, database, write } = prepare();
  database.isAway = true;
  write(1, 150);
  await time.pass(60_000);
  expect(logs).toEqual(["audit-not-written"]);
  expect(states.at(-1)).toEqual({ pending: 150, isWritable: false });
  database.isAway = false;
  await time.pass(30_000);
  expect(kept).toHaveLength(150);
  expect(findingsIn(kept)).toEqual([]);
  expect(logs).toEqual(["audit-not-written", "audit-written-again"]);
  expect(states.at(-1)).toEqual({ pending: 0, isWritable: true });
});

it("writes a batch whose commit was not confirmed again as it was, so that nothing stands twice", async () => {
  const { time, kept, batches, database, write } = prepare();
  database.failsAfterCommit = true;
  write(1, 3);
  await time.pass(500);
  write(4, 5);
  database.failsAfterCommit = false;
  await time.pass(30_000);
  expect(batches[1]).toEqual(batches[0]);
  expect(kept.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
  expect(findingsIn(kept)).toEqual([]);
});

it("admits in the chain how many entries found no room", async () => {
  const { time, kept, database, trail, write } = prepare();
  database.isAway = true;
  write(1, MAX_PENDING + 7);
  expect(database.lost).toBe(7);
  database.isAway = false;
  expect(await Promise.all([trail.flush(), time.pass(1000)])).toContain(true);
  expect(kept).toHaveLength(MAX_PENDING + 1);
  expect(readBody(kept.at(-1)?.body ?? "")).toMatchObject({
    action: "entries-lost",
    details: { entries: 7 },
  });
  expect(findingsIn(kept)).toEqual([]);
});

it("tells at its end what did not get into the database", async () => {
  const { database, trail, logs, write, time } = prepare();
  database.isAway = true;
  write(1, 2);
  expect(await trail.flush()).toBe(false);
  trail.close();
  expect(logs).toEqual(["audit-not-written", "audit-entries-lost"]);
  await time.pass(60_000);
  expect(time.pending()).toBe(0);
});
