// Sessions whose replica is gone, or has let go of them, are taken over by another.
import { expect, it } from "vitest";
import { startRequest, type VoicePlace, voicePlace } from "../../../support/voice-service.ts";
import { voiceSession } from "../../../support/voice-session.ts";

const add = async ({ store }: VoicePlace, count: number, given: Parameters<typeof voiceSession>[0] = {}) => {
  for (let each = 0; each < count; each += 1) {
    const names = { id: `vs_${each}`, callId: `rtc_${each}`, grantHash: `grant-${each}` };
    await store.book(voiceSession({ ...names, owner: "gone", ...given }), []);
  }
};

it("takes over what a replica left that has been silent for three seconds, and not before", async () => {
  await using place = await voicePlace();
  const gone = await place.replica("gone");
  const other = await place.replica("other");
  const { session } = await gone.service.sessions.start(startRequest());
  await other.time.pass(2900);
  expect(other.runs).toEqual([]);
  await other.time.pass(1100);
  expect(other.runs.map((run) => run.session)).toMatchObject([{ id: session.id, owner: "other", term: 2 }]);
  expect(other.events).toMatchObject([{ kind: "session-trouble", what: "adopted", sessionId: session.id }]);
});

it("takes over 200 sessions at once, with few connections being opened at a time", async () => {
  await using place = await voicePlace();
  await add(place, 200);
  let [joining, most] = [0, 0];
  const replica = await place.replica("other", {
    startRun: async (session, ports) => {
      joining += 1;
      most = Math.max(most, joining);
      await new Promise((resolve) => setImmediate(resolve));
      joining -= 1;
      return {
        session,
        totals: session.totals,
        activeAt: 0,
        end: async () => {},
        release: () => {},
        tick: () => {},
        ports,
      };
    },
  });
  await expect.poll(replica.service.sessionsHere).toHaveLength(200);
  expect(most).toBe(20);
});

it("tries again to join what it could not", async () => {
  await using place = await voicePlace();
  await add(place, 1);
  let fails = 2;
  const replica = await place.replica("other");
  replica.join = () => (fails-- > 0 ? Promise.reject(new Error("busy")) : Promise.resolve());
  await replica.time.pass(4000);
  expect(replica.runs).toHaveLength(1);
});

it("ends a session that OpenAI was still creating when its replica died, and raises an alarm", async () => {
  await using place = await voicePlace();
  await add(place, 1, { state: "opening", callId: undefined, upstreamKey: undefined });
  const replica = await place.replica("other");
  await expect.poll(() => place.store.find("vs_0")).toMatchObject({ state: "ended", reason: "not-started" });
  expect(replica.events).toMatchObject([{ kind: "session-trouble", what: "not-ended" }]);
  expect(replica.runs).toEqual([]);
});

it("ends a carried session, whose connections ended with its replica", async () => {
  await using place = await voicePlace();
  await add(place, 1, { carriage: "websocket", callId: undefined });
  await place.replica("other");
  await expect
    .poll(() => place.store.find("vs_0"))
    .toMatchObject({ state: "ended", reason: "sideband-lost" });
  expect(place.openAi.hungUp).toEqual([]);
});

it("hangs up what should have ended long ago, and what was ending already", async () => {
  await using place = await voicePlace();
  await add(place, 1, {
    openedAt: voiceSession().openedAt - 600_000,
    endsAt: voiceSession().openedAt - 120_000,
  });
  const late = { id: "vs_late", callId: "rtc_late", grantHash: "late", owner: undefined };
  await place.store.book(voiceSession({ ...late, state: "ending", reason: "idle" }), []);
  await place.replica("other");
  await expect.poll(() => place.store.list({ isOpen: true })).toEqual([]);
  expect(place.openAi.hungUp.map(({ id }) => id).sort()).toEqual(["rtc_0", "rtc_late"]);
  expect((await place.store.find("vs_late"))?.reason).toBe("idle");
  expect((await place.store.find("vs_0"))?.reason).toBe("duration");
});

it("lets go of a session that another replica took over while it was silent itself", async () => {
  await using place = await voicePlace();
  const silent = await place.replica("silent");
  const other = await place.replica("other");
  await silent.service.sessions.start(startRequest());
  await other.time.pass(4000);
  expect(other.runs).toHaveLength(1);
  await silent.time.pass(2000);
  expect(silent.runs.map(({ isReleased }) => isReleased)).toEqual([true]);
  expect([silent, other].map(({ service }) => service.sessionsHere().length)).toEqual([0, 1]);
  expect(await place.store.list({ isOpen: true })).toMatchObject([{ owner: "other", term: 2 }]);
});

it("hands all over at once when it stops", async () => {
  await using place = await voicePlace();
  const first = await place.replica("first");
  const second = await place.replica("second");
  await first.service.sessions.start(startRequest());
  await first.service.close();
  expect(first.runs.map(({ isReleased, ends }) => [isReleased, ends])).toEqual([[true, []]]);
  await second.time.pass(500);
  expect(second.runs).toHaveLength(1);
});

it("joins its sessions again after a restart", async () => {
  await using place = await voicePlace();
  const before = await place.replica("before");
  await before.service.sessions.start(startRequest());
  await before.service.close();
  const after = await place.replica("after");
  await expect.poll(after.service.sessionsHere).toHaveLength(1);
});
