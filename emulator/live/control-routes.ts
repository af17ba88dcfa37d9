// The emulator's own routes for GPT-Live: sessions without a browser, what they counted, how they behave and end, and load.
import { Hono } from "hono";
import { z } from "zod";
import { readJson } from "../http/body.ts";
import { accept } from "../http/refusal.ts";
import { scriptTurns } from "../script/script.ts";
import { type LoadPorts, loadRequest, sendLoad } from "./load.ts";
import { type LivePorts, requestOwner } from "./routes.ts";
import { liveSession } from "./session-schema.ts";
import { type LiveSettingsInForce, liveSettings } from "./settings.ts";

const creation = z.strictObject({
  session: liveSession.default({ model: "gpt-live-1" }),
  /** A script of its own; that of the emulator when left out. */
  turns: scriptTurns.optional(),
});
/** What the user says. */
const spokenTurn = z.strictObject({ transcript: z.string().min(1).max(2000).default("Hello?") });
const ending = z.strictObject({
  reason: z.enum(["expired", "content", "remote_hangup", "connection_lost"]).default("content"),
});

export interface LiveControlPorts extends LivePorts, LoadPorts {
  liveSettings: LiveSettingsInForce;
}

/** Everything under `/emulator/live`. `{id}` may be `all`: the sessions that are open. */
export const liveControlRoutes = ({
  credentials,
  liveSessions,
  liveSettings: inForce,
  now,
  every,
}: LiveControlPorts) =>
  new Hono()
    .get("/settings", (c) => c.json(inForce.current))
    .put("/settings", async (c) => {
      inForce.current = accept(liveSettings, await readJson(c.req));
      return c.json(inForce.current);
    })
    .get("/sessions", (c) => c.json({ sessions: liveSessions.all.map((session) => session.report()) }))
    .post("/sessions", async (c) => {
      const owner = requestOwner(c, credentials);
      const { session, turns } = accept(creation, await readJson(c.req));
      return c.json({ session: { id: liveSessions.createWithoutPeer(session, owner, turns) } }, 201);
    })
    .get("/sessions/:id", (c) => c.json(liveSessions.get(c.req.param("id")).details()))
    .post("/sessions/:id/speech", async (c) => {
      const { transcript } = accept(spokenTurn, await readJson(c.req));
      const sessions = liveSessions.select(c.req.param("id"));
      for (const session of sessions) session.hearWords(transcript);
      return c.json({ sessions: sessions.length });
    })
    .post("/sessions/:id/load", async (c) => {
      const load = accept(loadRequest, await readJson(c.req));
      const sessions = liveSessions.select(c.req.param("id"));
      sendLoad(sessions, load, { now, every });
      return c.json({ sessions: sessions.length });
    })
    .post("/sessions/:id/leave", (c) => {
      const sessions = liveSessions.select(c.req.param("id"));
      for (const session of sessions) session.vanish();
      return c.json({ sessions: sessions.length });
    })
    .post("/sessions/:id/end", async (c) => {
      const { reason } = accept(ending, await readJson(c.req));
      const sessions = liveSessions.select(c.req.param("id"));
      for (const session of sessions) session.end(reason);
      return c.json({ sessions: sessions.length });
    })
    .post("/sessions/:id/drop-sidebands", (c) => {
      const dropped = liveSessions.select(c.req.param("id")).map(({ participants }) => participants.drop());
      return c.json({ sidebands: dropped.reduce((sum, each) => sum + each, 0) });
    });
