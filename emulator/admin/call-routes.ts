// The emulator's own routes for calls: make them without a browser, let their users speak, end them, disturb them.
import { Hono } from "hono";
import { z } from "zod";
import type { ActiveSession } from "../calls/active-session.ts";
import { type CallSettings, callSettingsRequest } from "../calls/call-settings.ts";
import { emitLoad, loadRequest } from "../calls/event-load.ts";
import type { Switchboard } from "../calls/switchboard.ts";
import { readJson } from "../http/body.ts";
import { accept } from "../http/refusal.ts";
import { ownerOf } from "../keys/call-owner.ts";
import { bearer, type Credentials } from "../keys/credentials.ts";
import { scriptTurns } from "../script/script.ts";
import { sessionRequest } from "../session/session-schema.ts";

export interface CallRoutePorts {
  credentials: Credentials;
  settings: CallSettings;
  switchboard: Switchboard;
  /** Milliseconds since 1970. */
  now(): number;
  every(ms: number, tick: () => void): () => void;
}

const peerlessCall = z.strictObject({
  session: sessionRequest.default({ type: "realtime" }),
  /** A script of its own; that of the emulator when left out. */
  turns: scriptTurns.optional(),
});

const spokenTurn = z.strictObject({
  /** What the user says. */
  transcript: z.string().default("Hello?"),
  seconds: z.number().positive().max(600).default(1.5),
});

/** How a test ends a call: as a browser that leaves, as its owner, by time. */
const endings = {
  leave: (call: ActiveSession) => call.end("caller"),
  hangup: (call: ActiveSession) => call.end("hangup"),
  expire: (call: ActiveSession) => call.expire(),
};

/** Everything under `/emulator` that is about calls. `{id}` may be `all`: those that are open. */
export const callRoutes = ({ credentials, settings, switchboard, now, every }: CallRoutePorts) =>
  new Hono()
    .get("/calls", (c) => c.json({ calls: switchboard.reports() }))
    .get("/usage", (c) => c.json(switchboard.usage()))
    .post("/calls", async (c) => {
      const { kind, holder } = credentials.anyKey(bearer(c.req.header("authorization")));
      const { session, turns } = accept(peerlessCall, await readJson(c.req));
      const owner = ownerOf(holder, (name) => c.req.header(name));
      const { id } = switchboard.startPeerlessCall(session, owner, turns);
      return c.json({ id, made_with: kind }, 201);
    })
    .post("/calls/:id/speech", async (c) => {
      const { transcript, seconds } = accept(spokenTurn, await readJson(c.req));
      const calls = switchboard.select(c.req.param("id"));
      for (const call of calls) call.say(transcript, seconds * 1000);
      return c.json({ calls: calls.length });
    })
    .post("/calls/:id/load", async (c) => {
      const load = accept(loadRequest, await readJson(c.req));
      const calls = switchboard.select(c.req.param("id"));
      emitLoad(calls, load, { now, every });
      return c.json({ calls: calls.length });
    })
    .post("/calls/:id/:ending{leave|hangup|expire}", (c) => {
      const calls = switchboard.select(c.req.param("id"));
      for (const call of calls) endings[c.req.param("ending") as keyof typeof endings](call);
      return c.json({ calls: calls.length });
    })
    .post("/calls/:id/drop-sidebands", (c) => {
      const dropped = switchboard.select(c.req.param("id")).map((call) => call.dropSidebands());
      return c.json({ sidebands: dropped.reduce((sum, each) => sum + each, 0) });
    })
    .get("/settings", (c) => c.json(settings.current))
    .put("/settings", async (c) => {
      settings.replace(accept(callSettingsRequest, await readJson(c.req)));
      return c.json(settings.current);
    });
