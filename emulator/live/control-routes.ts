// The emulator's own routes for GPT-Live: how sessions behave, what they counted, sessions without a browser, and load.
import { Hono } from "hono";
import { z } from "zod";
import { readJson } from "../http/body.ts";
import { accept } from "../http/refusal.ts";
import { type LoadPorts, loadRequest, startLoad } from "./load.ts";
import { type LivePorts, requestOwner } from "./routes.ts";
import { liveSession } from "./session-schema.ts";
import type { LiveSettingsInForce } from "./settings.ts";
import { liveSettings } from "./settings.ts";

const creation = z.strictObject({ session: liveSession.default({ model: "gpt-live-1" }) });
const spoken = z.strictObject({ words: z.string().min(1).max(2000).default("(a turn without audio)") });
const ending = z.strictObject({
  reason: z.enum(["expired", "content", "remote_hangup", "connection_lost"]).default("content"),
});

export interface LiveControlPorts extends LivePorts {
  liveSettings: LiveSettingsInForce;
  liveLoad: LoadPorts;
}

/** Everything under `/emulator/live`. */
export const liveControlRoutes = ({
  credentials,
  liveSessions,
  liveSettings: inForce,
  liveLoad,
}: LiveControlPorts) =>
  new Hono()
    .get("/settings", (c) => c.json(inForce.current))
    .put("/settings", async (c) => {
      inForce.current = accept(liveSettings, await readJson(c.req));
      return c.json(inForce.current);
    })
    .delete("/settings", (c) => {
      inForce.current = liveSettings.parse({});
      return c.body(null, 204);
    })
    .get("/sessions", (c) => c.json({ sessions: liveSessions.all.map((session) => session.report()) }))
    .post("/sessions", async (c) => {
      const owner = requestOwner(c, credentials);
      const { session } = accept(creation, await readJson(c.req));
      return c.json({ session: { id: liveSessions.createWithoutPeer(session, owner) } }, 201);
    })
    .get("/sessions/:id", (c) => c.json(liveSessions.get(c.req.param("id")).details()))
    .post("/sessions/:id/hear", async (c) => {
      const { words } = accept(spoken, await readJson(c.req));
      liveSessions.get(c.req.param("id")).hearWords(words);
      return c.body(null, 204);
    })
    .post("/sessions/:id/load", async (c) => {
      const { events_per_second } = accept(loadRequest, await readJson(c.req));
      startLoad(liveSessions.get(c.req.param("id")), events_per_second, liveLoad);
      return c.body(null, 204);
    })
    .post("/sessions/:id/vanish", (c) => {
      liveSessions.get(c.req.param("id")).vanish();
      return c.body(null, 204);
    })
    .post("/sessions/:id/drop", (c) => {
      liveSessions.get(c.req.param("id")).dropSidebands();
      return c.body(null, 204);
    })
    .post("/sessions/:id/end", async (c) => {
      const { reason } = accept(ending, await readJson(c.req));
      liveSessions.get(c.req.param("id")).end(reason);
      return c.body(null, 204);
    });
