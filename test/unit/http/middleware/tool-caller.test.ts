// Whose tool call it is: a caller's with credentials of their own, or a page's with the grant of its live session.
import { expect, it, vi } from "vitest";
import { authenticateOrGrant, checkToolGrant } from "../../../../server/http/middleware/tool-caller.ts";
import type { VoiceSession } from "../../../../server/sessions/session.ts";
import { alice, factsOf, factsWith } from "../../../support/facts.ts";
import { limitServices } from "../../../support/limit-services.ts";
import { voiceSession } from "../../../support/voice-session.ts";

const grant = `vg_${"a".repeat(43)}`;
const tools = [{ name: "open_map" }, { name: "stock" }];
const { voice } = voiceSession();
const live = voiceSession({ session: { tools }, voice: { ...voice, serverTools: ["stock"] } });
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

const run = (token: string, session: VoiceSession | undefined) => {
  const services = {
    ...limitServices("failed_authentication: 2 per minute"),
    authenticate: () => alice,
    watchCredential: vi.fn(() => undefined),
    sessions: { findByGrant: async (shown: string) => (shown === grant ? session : undefined) },
  };
  return authenticateOrGrant.run(factsOf(bearer(token)), services);
};

it("a page with the grant of its live session calls as the session's caller", async () => {
  expect(await run(grant, live)).toEqual({ caller: live.caller, voiceSession: live });
});

it("a caller with credentials of their own needs none", async () => {
  expect(await run("own-token", live)).toEqual({ caller: alice, voiceSession: undefined });
});

it.each(["ended", "ending"] as const)("a grant is dead when its session is %s", async (state) => {
  await expect(run(grant, { ...live, state })).rejects.toMatchObject({ code: "session-over" });
});

it("a grant that no session has is rejected as a wrong credential", async () => {
  await expect(run(`${grant}b`, live)).rejects.toMatchObject({ code: "credentials-rejected" });
});

const check = (path: string, session: VoiceSession | undefined, isBound = false) => {
  const facts = factsWith({ caller: alice, voiceSession: session, path });
  return checkToolGrant.run(facts, { toolbox: { isBoundToSession: () => isBound } });
};

it("a grant runs the page's tools of its session, and no others", () => {
  expect(check("/open_map", live)).toBeUndefined();
  expect(() => check("/stock", live)).toThrow(/stock is none of the tools/);
  expect(() => check("/other", live)).toThrow(/other is none of the tools/);
  expect(() => check("/open_map", { ...live, session: {} })).toThrow(/none of the tools/);
});

it("a tool that is bound to sessions asks for the grant", () => {
  expect(() => check("/open_map", undefined, true)).toThrow(/supervision\.grant/);
  expect(check("/open_map", undefined)).toBeUndefined();
});
