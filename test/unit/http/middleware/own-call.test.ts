// Who may dispose of a call.
import { expect, it } from "vitest";
import type { Caller } from "../../../../server/auth/caller.ts";
import { resolveOwnCall } from "../../../../server/http/middleware/own-call.ts";
import { alice, factsOf } from "../../../support/facts.ts";
import { limitServices } from "../../../support/limit-services.ts";
import { voiceSession } from "../../../support/voice-session.ts";

const session = voiceSession({ caller: alice, callId: "rtc_one" });
const grant = `vg_${"g".repeat(43)}`;

const servicesOf = (caller: Caller = alice) => ({
  ...limitServices("failed_authentication: 2 per minute"),
  authenticate: () => caller,
  watchCredential: () => undefined,
  sessions: {
    findByGrant: async (given: string) => (given === grant ? session : undefined),
    findCall: async (callId: string, { id }: Caller) =>
      callId === session.callId && id === session.caller.id ? session : undefined,
  },
});
const at = (callId: string, bearer = "token") =>
  factsOf({
    ...{ method: "POST", url: `/v1/realtime/calls/${callId}/hangup` },
    headers: { authorization: `Bearer ${bearer}` },
  });

it("the session's caller finds it by its call", async () => {
  expect(await resolveOwnCall.run(at("rtc_one"), servicesOf())).toEqual({ caller: alice, session });
});

it("its page finds it by its grant", async () => {
  const guests = servicesOf({ kind: "guest", id: "guest:203.0.113.9" });
  expect(await resolveOwnCall.run(at("rtc_one", grant), guests)).toEqual({ caller: alice, session });
});

it.each(["rtc_two", "..", "", "x".repeat(200), "rtc_%6fne"])(
  "the call %j is told to be unknown",
  async (callId) => {
    await expect(resolveOwnCall.run(at(callId), servicesOf())).rejects.toMatchObject({
      code: "session-unknown",
    });
    await expect(resolveOwnCall.run(at(callId, grant), servicesOf())).rejects.toMatchObject({
      code: "session-unknown",
    });
  },
);

it("another caller is told that there is no such call", async () => {
  const bob = { kind: "token", id: "token:bob", name: "bob", roles: [] } as const;
  await expect(resolveOwnCall.run(at("rtc_one"), servicesOf(bob))).rejects.toMatchObject({
    code: "session-unknown",
  });
});

it("a guest needs the grant, as others may share the address", async () => {
  const services = servicesOf({ kind: "guest", id: alice.id });
  await expect(resolveOwnCall.run(at("rtc_one"), services)).rejects.toMatchObject({
    code: "session-unknown",
  });
});

it("guessed grants count as guesses of their address", async () => {
  const services = servicesOf();
  const guess = () =>
    Promise.resolve(resolveOwnCall.run(at("rtc_one", "vg_guess"), services)).catch(({ code }) => code);
  expect([await guess(), await guess(), await guess()]).toEqual([
    ...["credentials-rejected", "credentials-rejected", "limit-exceeded"],
  ]);
});
