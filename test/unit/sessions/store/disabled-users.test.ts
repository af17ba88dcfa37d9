// A user who is disabled in the moment in which their session begins.
import { expect, it } from "vitest";
import { bookingOnlyAdmitted } from "../../../../server/sessions/store/disabled-users.ts";
import type {
  Booking,
  SessionFilter,
  SessionStore,
} from "../../../../server/sessions/store/session-store.ts";
import { voiceSession } from "../../../support/voice-session.ts";

const bob = voiceSession({
  id: "vs_bob",
  caller: {
    ...{ kind: "user", id: "user:bob", name: "bob", roles: [], profiles: undefined, limits: {} },
    ...{ tokenPrefix: "prefix", endsAt: undefined },
  },
});

const bookOver = async (session = bob, isAdmitted = false, booking: Booking = { booked: true }) => {
  const ended: [SessionFilter, string][] = [];
  const kept = {
    book: async () => booking,
    requestEnd: async (...asked: [SessionFilter, string]) => ended.push(asked),
  } as unknown as SessionStore;
  const store = bookingOnlyAdmitted(kept, async () => isAdmitted);
  return { answer: await store.book(session, []), ended };
};

it("ends the session that they have booked, though it was not there when the others were ended", async () => {
  const { answer, ended } = await bookOver();
  expect(answer).toEqual({ booked: true });
  expect(ended).toEqual([[{ ids: ["vs_bob"] }, "user-disabled"]]);
});

it("lets all others have theirs, and asks nothing of what was not booked", async () => {
  expect((await bookOver(bob, true)).ended).toEqual([]);
  expect((await bookOver(voiceSession())).ended).toEqual([]);
  const none: Booking = { booked: false, account: "profile:a", limit: "at_once" };
  expect(await bookOver(bob, false, none)).toEqual({ answer: none, ended: [] });
});
