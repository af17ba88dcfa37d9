// The way of a session from its ticket to its end, with OpenAI's side made up.
import { expect, it } from "vitest";
import { Failure } from "../../../server/failures/failure.ts";
import type { SessionStore } from "../../../server/sessions/store/session-store.ts";
import { timeoutFailure } from "../../../server/upstream/upstream-error.ts";
import { callOf, startRequest, voicePlace } from "../../support/voice-service.ts";

const kindsOf = (events: readonly { kind: string }[]) => events.map(({ kind }) => kind);

it("takes a ticket once, and gives its session the name that was promised", async () => {
  await using place = await voicePlace();
  const { service } = await place.replica("a");
  const { caller, grant } = startRequest();
  const issued = await service.sessions.issueTicket(caller, { profile: "default" }, grant, ["sales"]);
  const ticket = await service.sessions.readTicket(issued.value.reveal());
  const { session, answer, grant: own } = await service.sessions.start(startRequest({ ticket }));
  expect(session.id).toBe(issued.sessionId);
  expect([answer, own]).toEqual(["v=0 answer", undefined]);
  expect(await service.sessions.findByGrant(issued.grant.reveal())).toMatchObject({
    ...{ id: issued.sessionId, state: "open", callId: "rtc_1", upstreamKey: "main", owner: "a" },
  });
  await expect(service.sessions.start(startRequest({ ticket }))).rejects.toThrow(
    expect.objectContaining({ code: "credentials-rejected" }),
  );
  await expect(service.sessions.readTicket(issued.value.reveal())).rejects.toThrow(Failure);
  expect(place.openAi.created).toHaveLength(1);
});

it("tells callers without a ticket how to ask for their session", async () => {
  await using place = await voicePlace();
  const { service, events } = await place.replica("a");
  const { session, grant } = await service.sessions.start(startRequest());
  expect((await service.sessions.findByGrant(grant?.reveal() ?? ""))?.id).toBe(session.id);
  expect(kindsOf(events)).toEqual(["session-began"]);
});

it("keeps nothing open where OpenAI refuses the call", async () => {
  await using place = await voicePlace();
  const { service, events } = await place.replica("a");
  place.openAi.create = () => Promise.reject(new Failure("upstream-refused"));
  await expect(service.sessions.start(startRequest())).rejects.toThrow(
    expect.objectContaining({ code: "upstream-refused" }),
  );
  const [session] = await service.sessions.list({});
  expect(session).toMatchObject({ state: "ended", reason: "not-started", callId: undefined });
  expect([place.openAi.hungUp, events]).toEqual([[], []]);
});

it("never repeats a creation whose outcome is unknown, and raises an alarm", async () => {
  await using place = await voicePlace();
  const { service, events } = await place.replica("a");
  place.openAi.create = () => Promise.reject(timeoutFailure());
  await expect(service.sessions.start(startRequest())).rejects.toThrow(
    expect.objectContaining({ code: "upstream-timeout" }),
  );
  expect(place.openAi.created).toHaveLength(1);
  expect(events).toMatchObject([{ kind: "session-trouble", what: "not-ended", profile: "default" }]);
  expect((await service.sessions.list({ isOpen: true })).length).toBe(0);
});

it("ends a call whose caller left while it was created", async () => {
  await using place = await voicePlace();
  const { service, events, runs } = await place.replica("a");
  const leaving = new AbortController();
  place.openAi.create = async () => {
    leaving.abort(new Error("the caller left"));
    return callOf(1);
  };
  await expect(service.sessions.start(startRequest({ signal: leaving.signal }))).rejects.toThrow(
    "the caller left",
  );
  expect(place.openAi.hungUp).toMatchObject([{ id: "rtc_1", upstreamKey: "main" }]);
  await expect
    .poll(() => service.sessions.list({}))
    .toMatchObject([{ state: "ended", reason: "caller-left" }]);
  expect(kindsOf(events)).toEqual(["session-began", "session-ended"]);
  expect(runs).toEqual([]);
});

it("ends a session whose caller left while it was joined", async () => {
  await using place = await voicePlace();
  const replica = await place.replica("a");
  const leaving = new AbortController();
  replica.join = async () => leaving.abort(new Error("the caller left"));
  await expect(replica.service.sessions.start(startRequest({ signal: leaving.signal }))).rejects.toThrow(
    "the caller left",
  );
  expect(replica.runs.map(({ ends }) => ends)).toEqual([["caller-left"]]);
  expect(replica.service.sessionsHere()).toEqual([]);
});

it("hangs up what it cannot watch over", async () => {
  await using place = await voicePlace();
  const replica = await place.replica("a");
  replica.join = () => Promise.reject(new Error("no sideband"));
  await expect(replica.service.sessions.start(startRequest())).rejects.toThrow(
    expect.objectContaining({ code: "upstream-refused" }),
  );
  expect(place.openAi.hungUp).toHaveLength(1);
  await expect.poll(() => replica.service.sessions.list({ isOpen: true })).toEqual([]);
});

it("hangs up where the database is lost while the call is created, and writes the end when it is back", async () => {
  await using place = await voicePlace();
  let isAway = false;
  const change: typeof place.store.change = (...given) =>
    isAway ? Promise.reject(new Error("away")) : place.store.change(...given);
  const { service, time } = await place.replica("a", { store: { ...place.store, change } });
  place.openAi.create = async () => {
    isAway = true;
    return callOf(1);
  };
  await expect(service.sessions.start(startRequest())).rejects.toThrow(
    expect.objectContaining({ code: "store-unavailable" }),
  );
  expect(place.openAi.hungUp).toHaveLength(1);
  expect(await place.store.list({ isOpen: true })).toHaveLength(1);
  isAway = false;
  await time.pass(1000);
  expect(await place.store.list({})).toMatchObject([{ state: "ended", reason: "not-started" }]);
});

it("tries again to hang up what OpenAI does not end, and keeps it open until then", async () => {
  await using place = await voicePlace();
  const { service, time, events } = await place.replica("a");
  place.openAi.hangUp = () => Promise.reject(new Failure("upstream-refused"));
  const leaving = new AbortController();
  place.openAi.create = async () => {
    leaving.abort(new Error("the caller left"));
    return callOf(1);
  };
  await expect(service.sessions.start(startRequest({ signal: leaving.signal }))).rejects.toThrow();
  await expect
    .poll(() => service.sessions.list({}))
    .toMatchObject([{ state: "ending", reason: "caller-left" }]);
  place.openAi.hangUp = async () => {};
  await time.pass(14_000);
  expect(place.openAi.hungUp).toHaveLength(1);
  await time.pass(2000);
  expect(await service.sessions.list({})).toMatchObject([{ state: "ended", reason: "caller-left" }]);
  expect(kindsOf(events)).toEqual(["session-began", "session-ended"]);
});

it("starts nothing while the database is away", async () => {
  await using place = await voicePlace();
  const book = () => Promise.reject(new Error("away"));
  const { service } = await place.replica("a", { store: { ...place.store, book } });
  await expect(service.sessions.start(startRequest())).rejects.toThrow(
    expect.objectContaining({ code: "store-unavailable" }),
  );
  expect(place.openAi.created).toEqual([]);
});

it("frees the place of a session whose booking was answered too late", async () => {
  await using place = await voicePlace();
  const book: SessionStore["book"] = async (...given) => {
    await place.store.book(...given);
    throw new Error("the connection broke");
  };
  const { service } = await place.replica("a", { store: { ...place.store, book } });
  await expect(service.sessions.start(startRequest())).rejects.toMatchObject({ code: "store-unavailable" });
  await expect
    .poll(() => service.sessions.list({}))
    .toMatchObject([{ state: "ended", reason: "not-started" }]);
  expect(place.openAi.created).toEqual([]);
});

it("refuses one session too many, and says which limit it is", async () => {
  await using place = await voicePlace();
  const accounts = [{ name: "profile:default|token:alice", atOnce: 1, dayMs: undefined, monthMs: undefined }];
  const { service } = await place.replica("a", { limitsOf: (_, __, voice) => ({ voice, accounts }) });
  const { session } = await service.sessions.start(startRequest());
  await expect(service.sessions.start(startRequest())).rejects.toThrow(
    expect.objectContaining({
      code: "sessions-exceeded",
      detail: expect.stringContaining("sessions at once"),
    }),
  );
  expect(await service.sessions.end({ ids: [session.id] }, "operator")).toBe(1);
  await expect
    .poll(() => service.sessions.find(session.id))
    .toMatchObject({ state: "ended", reason: "operator" });
  await service.sessions.start(startRequest());
});
