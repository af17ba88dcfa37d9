// What a replica does for its sessions again and again, also while the database is away.
import { expect, it, vi } from "vitest";
import { startRequest, type VoicePlace, voicePlace } from "../../../support/voice-service.ts";

/** A database that can be away for one replica. */
const unsteady = ({ store }: VoicePlace) => {
  const state = { isAway: false };
  const answer =
    <Given extends unknown[], Result>(method: (...given: Given) => Promise<Result>) =>
    (...given: Given): Promise<Result> =>
      state.isAway ? Promise.reject(new Error("the database is away")) : method(...given);
  const { beat, beats, adopt, saveTotals, endRequests, change } = store;
  return {
    state,
    store: {
      ...store,
      ...{ beat: answer(beat), beats: answer(beats), adopt: answer(adopt), saveTotals: answer(saveTotals) },
      ...{ endRequests: answer(endRequests), change: answer(change) },
    },
  };
};

it("saves what sessions have used within a second", async () => {
  await using place = await voicePlace();
  const { service, runs, time } = await place.replica("a");
  const { session } = await service.sessions.start(startRequest());
  await time.pass(1000);
  const [run] = runs;
  Object.assign(run?.totals ?? {}, { responses: 2, tokens: 120, costNanoUsd: 5 });
  await time.pass(1000);
  expect((await place.store.find(session.id))?.totals).toMatchObject({
    responses: 2,
    tokens: 120,
    costNanoUsd: 5,
  });
  expect(run?.ticks).toBe(2);
});

it("ends within a second what another replica or a command asks to end", async () => {
  await using place = await voicePlace();
  const { service, runs, time } = await place.replica("a");
  const { session } = await service.sessions.start(startRequest());
  await place.store.requestEnd({ user: "nobody" }, "operator");
  await place.store.requestEnd({ ids: [session.id] }, "user-disabled");
  await time.pass(500);
  expect(runs.map(({ ends }) => ends)).toEqual([["user-disabled"]]);
  expect(await place.store.find(session.id)).toMatchObject({ state: "ended", reason: "user-disabled" });
});

it("goes on with its sessions while the database is away for ten seconds, and says so once", async () => {
  await using place = await voicePlace();
  const { store, state } = unsteady(place);
  const { service, runs, time, storeErrors } = await place.replica("a", { store });
  const { session } = await service.sessions.start(startRequest());
  state.isAway = true;
  await time.pass(10_000);
  expect(runs).toMatchObject([{ isReleased: false, ticks: 10, ends: [] }]);
  Object.assign(runs[0]?.totals ?? {}, { tokens: 77 });
  state.isAway = false;
  await time.pass(2000);
  expect(storeErrors).toEqual([new Error("the database is away"), undefined]);
  expect((await place.store.find(session.id))?.totals.tokens).toBe(77);
});

it("takes nothing over from replicas that were away from the database as it was itself", async () => {
  await using place = await voicePlace();
  const first = unsteady(place);
  const second = unsteady(place);
  const a = await place.replica("a", { store: first.store });
  const b = await place.replica("b", { store: second.store });
  await a.service.sessions.start(startRequest());
  const both = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) {
      await b.time.pass(500);
      await a.time.pass(500);
    }
  };
  first.state.isAway = true;
  second.state.isAway = true;
  await both(10_000);
  first.state.isAway = false;
  second.state.isAway = false;
  await both(10_000);
  expect([a, b].map(({ service }) => service.sessionsHere().length)).toEqual([1, 0]);
});

it("takes over nothing while its own beat waits, as those of the others may wait for the same reason", async () => {
  await using place = await voicePlace();
  const stuck = { isStuck: false };
  const beat: VoicePlace["store"]["beat"] = (...given) =>
    stuck.isStuck ? new Promise(() => {}) : place.store.beat(...given);
  const store = { ...place.store, beat };
  const a = await place.replica("a", { store });
  const b = await place.replica("b", { store });
  await a.service.sessions.start(startRequest());
  stuck.isStuck = true;
  await Promise.all([a.time.pass(10_000), b.time.pass(10_000)]);
  expect([a, b].map(({ service, runs }) => [service.sessionsHere().length, runs.length])).toEqual([
    [1, 1],
    [0, 0],
  ]);
});

it("keeps its sessions when the clocks of two replicas differ by an hour", async () => {
  await using place = await voicePlace();
  const a = await place.replica("a");
  let at = 0;
  const clock = { now: () => Date.UTC(2026, 0, 1, 13) + at, monotonic: () => at };
  const b = await place.replica("b", { clock });
  await a.service.sessions.start(startRequest());
  for (; at < 10_000; at += 500) {
    await a.time.pass(500);
    await b.time.pass(500);
  }
  expect([a, b].map(({ runs }) => runs.length)).toEqual([1, 0]);
});

it("keeps the fault of one session from the others", async () => {
  await using place = await voicePlace();
  const { service, runs, time } = await place.replica("a");
  await service.sessions.start(startRequest());
  await service.sessions.start(startRequest());
  Object.assign(runs[0] ?? {}, {
    tick: () => {
      throw new Error("a fault in a watcher");
    },
  });
  await time.pass(2000);
  expect(runs.map(({ ends }) => ends)).toEqual([["sideband-lost"], []]);
  expect(runs[1]?.ticks).toBe(2);
});

it("begins once, also for sessions that begin at the same time", async () => {
  await using place = await voicePlace();
  const beat = vi.fn(place.store.beat);
  await place.replica("a", { store: { ...place.store, beat } });
  expect(beat).toHaveBeenCalledTimes(1);
});

it("forgets sessions that ended longer ago than they are kept", async () => {
  await using place = await voicePlace();
  const { service, time } = await place.replica("a", { keepMs: () => 30_000 });
  const { session } = await service.sessions.start(startRequest());
  await service.sessions.end({ ids: [session.id] }, "operator");
  await time.pass(20_000);
  expect(await place.store.find(session.id)).toBeDefined();
  await time.pass(100_000);
  expect(await place.store.find(session.id)).toBeUndefined();
});

it("tells those who follow a session what its page is told", async () => {
  await using place = await voicePlace();
  const { service, runs } = await place.replica("a");
  const { session } = await service.sessions.start(startRequest());
  const told: unknown[] = [];
  const stop = service.sessions.follow(session.id, (each) => void told.push(each));
  runs[0]?.ports.onTold({ kind: "ends-soon", endsAt: 5 });
  stop();
  runs[0]?.ports.onTold({ kind: "ends-soon", endsAt: 6 });
  expect(told).toEqual([{ kind: "ends-soon", endsAt: 5 }]);
});
