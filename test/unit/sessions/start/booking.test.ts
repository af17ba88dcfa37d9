// The place of a session, before there is one: what keeps a page's ticket, and what a page waits for that connects anew.
import { expect, it } from "vitest";
import type { LimitsOf } from "../../../../server/sessions/start/voice-limits.ts";
import type { SessionStore } from "../../../../server/sessions/store/session-store.ts";
import { startRequest, voicePlace } from "../../../support/voice-service.ts";

const accounts = [{ name: "profile:default|token:alice", atOnce: 1, dayMs: undefined, monthMs: undefined }];
const limitsOf: LimitsOf = (_, __, voice) => ({ voice, accounts });
const oneAtOnce = { limitsOf };
const exceeded = expect.objectContaining({ code: "sessions-exceeded" });

it("keeps the ticket of a session for which there is no room", async () => {
  await using place = await voicePlace();
  const { service } = await place.replica("a", oneAtOnce);
  const { session } = await service.sessions.start(startRequest());
  const { caller, grant } = startRequest();
  const issued = await service.sessions.issueTicket(caller, { profile: "default" }, grant, []);
  const ticket = await service.sessions.readTicket(issued.value.reveal());
  await expect(service.sessions.start(startRequest({ ticket }))).rejects.toThrow(exceeded);
  await service.sessions.end({ ids: [session.id] }, "hung-up");
  await expect.poll(() => service.sessions.list({ isOpen: true })).toEqual([]);
  const again = await service.sessions.readTicket(issued.value.reveal());
  expect((await service.sessions.start(startRequest({ ticket: again }))).session.id).toBe(issued.sessionId);
});

it("waits for the end of the session before, where its page has just asked for it", async () => {
  await using place = await voicePlace();
  const { service, time } = await place.replica("a", oneAtOnce);
  const other = await place.replica("b", oneAtOnce);
  const { session } = await service.sessions.start(startRequest());
  await other.service.sessions.end({ ids: [session.id] }, "hung-up");
  const starting = other.service.sessions.start(startRequest());
  await other.time.pass(400);
  expect(place.openAi.created).toHaveLength(1);
  await time.pass(500);
  await expect.poll(() => place.store.find(session.id)).toMatchObject({ state: "ended" });
  await other.time.pass(200);
  expect((await starting).session).toMatchObject({ state: "open", owner: "b" });
});

it("waits for three seconds, and not for a caller who has left", async () => {
  await using place = await voicePlace();
  let asked = 0;
  const book: SessionStore["book"] = async () => {
    asked += 1;
    return { booked: false, account: "a", limit: "at_once", isEnding: true };
  };
  const { service, time } = await place.replica("a", { store: { ...place.store, book } });
  const refused = expect(service.sessions.start(startRequest())).rejects.toThrow(exceeded);
  await time.pass(2900);
  expect(asked).toBe(15);
  await time.pass(200);
  await refused;
  expect(asked).toBe(16);
  const signal = AbortSignal.abort(new Error("the caller left"));
  await expect(service.sessions.start(startRequest({ signal }))).rejects.toThrow(exceeded);
  expect(asked).toBe(17);
});
