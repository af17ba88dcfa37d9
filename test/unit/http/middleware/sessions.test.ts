// Whose voice sessions a caller may see.
import { expect, it } from "vitest";
import type { Caller } from "../../../../server/auth/caller.ts";
import {
  resolveSession,
  resolveWhose,
  type SessionServices,
} from "../../../../server/http/middleware/sessions.ts";
import { alice, factsWith } from "../../../support/facts.ts";
import { voiceSession } from "../../../support/voice-session.ts";

const isOperator = ({ kind }: Caller): boolean => kind === "host" || kind === "signer";
const host: Caller = {
  ...{ kind: "host", id: "host:ada", name: "ada", roles: [], profiles: undefined, limits: {} },
  endsAt: undefined,
};
const ownOnly = (caller: Caller, headers: Record<string, string> = {}) =>
  resolveWhose.run(factsWith({ caller }, { headers }), { isOperator });

it("operators see all, others their own", () => {
  expect(ownOnly({ kind: "signer", id: "signer:olga", name: "olga", roles: [] })).toEqual({
    ownOnly: undefined,
  });
  expect(ownOnly(alice)).toEqual({ ownOnly: "token:alice" });
});

it("an application's session by cookie alone sees its own: another site's page could send it", () => {
  expect(ownOnly(host, { cookie: "session=1" })).toEqual({ ownOnly: "host:ada" });
  expect(ownOnly(host, { authorization: "Bearer 1" })).toEqual({ ownOnly: undefined });
});

it("guests are sent to their page's grant", () => {
  const guest: Caller = { kind: "guest", id: "guest:203.0.113.9" };
  expect(() => ownOnly(guest)).toThrow(expect.objectContaining({ code: "sessions-shared" }));
});

const find = async (id: string) => (id === "vs_one" ? voiceSession({ id }) : undefined);
const services = { sessions: { find } as Pick<SessionServices["sessions"], "find"> } as SessionServices;
const resolve = async (id: string, own: string | undefined) =>
  resolveSession.run(factsWith({ ownOnly: own }, { url: `/sessions/${id}?a=b` }), services);

it("finds a session by the name in its path, for its caller and for operators", async () => {
  expect(await resolve("vs_one", "token:alice")).toMatchObject({ session: { id: "vs_one" } });
  expect(await resolve("vs_one", undefined)).toMatchObject({ session: { id: "vs_one" } });
});

it("does not say whether another caller's session exists", async () => {
  const unknown = expect.objectContaining({ code: "session-unknown" });
  await expect(resolve("vs_one", "token:bob")).rejects.toEqual(unknown);
  await expect(resolve("vs_two", undefined)).rejects.toEqual(unknown);
});
