// Sessions whose adoption the database took, and whose replica never heard of it.
import { expect, it } from "vitest";
import { voicePlace } from "../../../support/voice-service.ts";
import { voiceSession } from "../../../support/voice-session.ts";

it("has an owner within ten seconds for a session whose adoption was answered too late", async () => {
  await using place = await voicePlace();
  await place.store.book(voiceSession({ owner: "gone" }), []);
  let lost = 0;
  const replica = await place.replica("a", {
    store: {
      ...place.store,
      adopt: async (...given) => {
        const found = await place.store.adopt(...given);
        if (found.length > 0 && lost++ === 0) throw new Error("no answer in time");
        return found;
      },
    },
  });
  await replica.time.pass(9500);
  expect(lost).toBe(2);
  expect(replica.service.sessionsHere()).toMatchObject([{ id: "vs_one", term: 3 }]);
});

it("lets go of no session that is beginning, is watched over, or is being ended", async () => {
  await using place = await voicePlace();
  await place.store.book(voiceSession({ owner: undefined, state: "ending", reason: "idle" }), []);
  await place.store.book(
    voiceSession({ id: "vs_two", callId: "rtc_two", grantHash: "two", owner: undefined }),
    [],
  );
  place.openAi.hangUp = () => Promise.reject(new Error("OpenAI does not answer"));
  const replica = await place.replica("a");
  const opening = { id: "vs_3", callId: undefined, grantHash: "three", state: "opening" } as const;
  await place.store.book(voiceSession({ ...opening, owner: "a" }), []);
  await replica.time.pass(30_000);
  const open = await place.store.list({ isOpen: true });
  expect(open.map(({ id, owner, term }) => [id, owner, term]).sort()).toEqual([
    ["vs_3", "a", 1],
    ["vs_one", "a", 2],
    ["vs_two", "a", 2],
  ]);
});
