// 200 supervised sessions, while replicas are killed and stopped, and the database is away for ten seconds.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { postgresLedger } from "../support/ledger.ts";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";
import { voiceReplicas } from "../support/voice-replicas.ts";

const SESSIONS = 200;

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
}, 60_000);
afterAll(() => postgres.stop());

/** Looks five times a second how long each call has been without a sideband. */
const watchGaps = (joinedCalls: () => Promise<{ id: string }[]>) => {
  const seen = new Map<string, number>();
  let longest = 0;
  let isDone = false;
  const looking = (async () => {
    while (!isDone) {
      const now = performance.now();
      for (const { id } of await joinedCalls()) {
        longest = Math.max(longest, now - (seen.get(id) ?? now));
        seen.set(id, now);
      }
      await sleep(200);
    }
  })();
  return async (): Promise<number> => {
    isDone = true;
    await looking;
    return longest;
  };
};

it("200 sessions survive their replicas, and the database being away, and are booked to the token", async () => {
  await using ledger = await postgresLedger(postgres.url);
  await using place = await voiceReplicas(ledger, SESSIONS);
  const first = await place.startReplica();
  const second = await place.startReplica();
  await place.startSessions([first, second]);
  const longestGap = watchGaps(place.joinedCalls);
  await place.speak();
  await place.isBooked();

  await postgres.halt();
  await place.speak();
  await sleep(10_000);
  await postgres.resume();
  await place.isBooked();
  expect(await place.joinedCalls()).toHaveLength(SESSIONS);

  first.process.signal("SIGKILL");
  const third = await place.startReplica();
  await sleep(6000);
  expect(await place.joinedCalls()).toHaveLength(SESSIONS);
  await place.speak();
  await place.isBooked();

  second.process.signal("SIGTERM");
  expect(await second.process.exited).toBe(0);
  await sleep(3000);
  expect((await place.owners()).size).toBe(1);
  await place.speak();
  await place.isBooked();

  third.process.signal("SIGKILL");
  const fourth = await place.startReplica();
  await place.takenOverFrom(await place.owners());
  await place.speak();
  await place.isBooked();
  const gap = await longestGap();
  process.stdout.write(
    `the longest time of a session without an owner: ${Math.round(gap)} ms; ${fourth.process.residentMb().now} MB\n`,
  );
  expect(gap).toBeLessThan(10_000);
  await place.endAll();
}, 300_000);
